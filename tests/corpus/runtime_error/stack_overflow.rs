// Recurses (nearly) for ever and runs off a thread's stack; the runtime says so and aborts.
use std::hint::black_box;
use std::thread;

fn deeper(level: u32) -> u32 {
    let frame = black_box([1u8; 1024]);
    if level == 0 { 0 } else { deeper(level - 1) + u32::from(frame[0]) }
}

fn main() {
    println!("before");
    let deep = thread::spawn(|| deeper(black_box(1_000_000)));
    println!("{:?}", deep.join().is_ok());
}
