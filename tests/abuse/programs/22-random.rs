// Takes in text that has no end and is no text.
include!("/dev/urandom");

fn main() {}
