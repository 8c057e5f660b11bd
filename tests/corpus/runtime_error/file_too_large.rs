// Writes more into one file than is allowed and ends by SIGXFSZ. At most 64 MiB.
use std::fs::File;
use std::io::Write;

fn main() -> std::io::Result<()> {
    println!("before");
    let mut file = File::create("large")?;
    for _ in 0..64 {
        file.write_all(&[0; 1 << 20])?;
    }
    Ok(())
}
