// Walks through all beginnings and ends in order of time; at equal times ends come first.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let times = text.split_whitespace().skip(1).map(|word| word.parse::<u32>().unwrap());
    let mut events: Vec<(u32, i32)> = times.enumerate().map(|(i, time)| (time, if i % 2 == 0 { 1 } else { -1 })).collect();
    events.sort();

    let (mut rooms, mut most) = (0, 0);
    for (_, change) in events {
        rooms += change;
        most = most.max(rooms);
    }
    println!("{most}");
}
