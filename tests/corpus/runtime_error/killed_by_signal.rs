// Ends by a segmentation fault: writes through a null pointer.
use std::hint::black_box;

fn main() {
    println!("before");
    let nowhere: *mut u32 = black_box(std::ptr::null_mut::<u32>().wrapping_add(4));
    unsafe { nowhere.write_volatile(1) };
}
