// A macro that doubles what it is given, over and over.
#![recursion_limit = "4096"]

macro_rules! double {
    ($($t:tt)*) => { double!($($t)* $($t)*) };
}

fn main() {
    println!("{}", double!(1 +));
}
