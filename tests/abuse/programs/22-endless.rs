// Takes in a file that has no end.
static ENDLESS: &[u8] = include_bytes!("/dev/zero");

fn main() {
    println!("{}", ENDLESS.len());
}
