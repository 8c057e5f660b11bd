// Recurses 200 000 levels deep on the main thread: about 25 MiB, more than a shell's usual 8 MiB of stack.
use std::hint::black_box;

fn depth(levels: u32) -> u32 {
    let frame = black_box([1u8; 96]);
    if levels == 0 { 0 } else { depth(levels - 1) + u32::from(frame[0]) }
}

fn main() {
    println!("{}", depth(black_box(200_000)));
}
