// An array of 1 GiB that the program's file has to hold.
#[no_mangle]
static ARRAY: [u8; 1 << 30] = [7; 1 << 30];

fn main() {
    println!("{}", ARRAY[std::env::args().count() * 1000]);
}
