// Two moments at the same height enclose a level stretch: count how often each height was reached before.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut words = text.split_whitespace();
    let count: usize = words.next().unwrap().parse().unwrap();
    let mut seen = vec![0u64; 2 * count + 1];
    let (mut height, mut level) = (count, 0);
    seen[height] = 1;
    for step in words.next().unwrap().bytes() {
        if step == b'U' { height += 1 } else { height -= 1 }
        level += seen[height];
        seen[height] += 1;
    }
    println!("{level}");
}
