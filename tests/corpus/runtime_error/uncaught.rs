// Nobody catches the panic.
fn main() {
    println!("before");
    let number: i32 = "four".parse().unwrap();
    println!("{number}");
}
