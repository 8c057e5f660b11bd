// Recurses (nearly) for ever and runs off its stack; the runtime says so and aborts.
use std::hint::black_box;

fn deeper(level: u32) -> u32 {
    let frame = black_box([1u8; 1024]);
    if level == 0 { 0 } else { deeper(level - 1) + u32::from(frame[0]) }
}

fn main() {
    println!("before");
    println!("{}", deeper(black_box(1_000_000)));
}
