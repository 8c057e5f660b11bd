// Takes half the distance of the two towns farthest apart: too small whenever a third one decides.
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let towns: Vec<&[f64]> = numbers.chunks(2).collect();
    let mut widest = 0.0f64;
    for a in &towns {
        for b in &towns {
            widest = widest.max((a[0] - b[0]).hypot(a[1] - b[1]));
        }
    }
    println!("{}", widest / 2.0);
}
