// Sleeps: no processor time at all, only the clock can end it.
use std::{thread, time::Duration};

fn main() {
    println!("before");
    thread::sleep(Duration::from_secs(20));
    println!("after");
}
