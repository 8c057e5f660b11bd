// Uses a crate that nobody has.
use no_such_library::answer; // the error is here

fn main() {
    println!("{}", answer());
}
