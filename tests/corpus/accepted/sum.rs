// Reads a count and that many integers, prints their sum.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).expect("input is text");
    let mut numbers = text.split_whitespace().map(|word| word.parse::<i64>().expect("input is integers"));
    let count = numbers.next().expect("a count comes first") as usize;
    println!("{}", numbers.take(count).sum::<i64>());
}
