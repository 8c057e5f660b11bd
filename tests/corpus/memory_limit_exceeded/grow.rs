// Fills memory, 8 MiB at a time, up to 2 GiB.
use std::hint::black_box;

fn main() {
    println!("before");
    let mut kept = Vec::new();
    while kept.len() < 256 {
        kept.push(black_box(vec![b'x'; 8 << 20]));
    }
    println!("{}", kept.len());
}
