// An error in each of a hundred thousand places.
macro_rules! ten {
    ($($t:tt)*) => { $($t)* $($t)* $($t)* $($t)* $($t)* $($t)* $($t)* $($t)* $($t)* $($t)* };
}
macro_rules! thousand {
    ($($t:tt)*) => { ten! { ten! { ten! { $($t)* } } } };
}

fn main() {
    thousand! { ten! { ten! { let number: i32 = "this is no number"; } } }
}
