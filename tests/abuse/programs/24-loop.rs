// Counts without end while it is compiled.
#![allow(long_running_const_eval)]

const ENDLESS: u64 = {
    let mut number: u64 = 0;
    loop {
        number = number.wrapping_add(1);
        if number == 0 {
            break number;
        }
    }
};

fn main() {
    println!("{ENDLESS}");
}
