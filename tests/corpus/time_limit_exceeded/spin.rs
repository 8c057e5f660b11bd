// Keeps a processor busy, for about a minute if nobody stops it.
use std::hint::black_box;

fn main() {
    println!("before");
    let mut count = 0u64;
    while count < 30_000_000_000 {
        count = black_box(count + 1);
    }
    println!("{count}");
}
