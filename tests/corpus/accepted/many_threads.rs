// Forty threads alive at once add up the numbers 1 to 40.
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Barrier;
use std::thread;

fn main() {
    let total = AtomicU32::new(0);
    let everybody = Barrier::new(40);
    thread::scope(|scope| {
        for number in 1..=40 {
            let (total, everybody) = (&total, &everybody);
            scope.spawn(move || {
                everybody.wait();
                total.fetch_add(number, Ordering::Relaxed);
            });
        }
    });
    println!("{}", total.load(Ordering::Relaxed));
}
