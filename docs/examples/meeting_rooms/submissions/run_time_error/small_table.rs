// Has room for a hundred meetings only.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let numbers: Vec<u32> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let count = numbers[0] as usize;
    let mut meetings = [(0, 0); 100];
    for i in 0..count {
        meetings[i] = (numbers[1 + 2 * i], numbers[2 + 2 * i]);
    }
    let together = |moment| meetings[..count].iter().filter(|meeting| meeting.0 <= moment && moment < meeting.1).count();
    println!("{}", meetings[..count].iter().map(|meeting| together(meeting.0)).max().unwrap());
}
