// A canary: attempts what its first argument names, bounded by itself.
use std::fs;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::UdpSocket;
use std::process::{exit, Command};
use std::thread;
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;
const LONG: Duration = Duration::from_secs(20);

extern "C" {
    fn kill(pid: i32, signal: i32) -> i32;
}

fn held() {
    println!("held");
}

fn control() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    println!("{}", text.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum::<i64>());
}

fn processes() {
    for _ in 0..300 {
        if Command::new("sleep").arg("20").spawn().is_err() {
            exit(1);
        }
    }
}

fn memory() {
    let mut kept = Vec::new();
    while kept.len() < 64 {
        kept.push(black_box(vec![b'x'; 8 * MIB]));
    }
    println!("{}", kept.len());
}

fn output() {
    let block = vec![b'x'; MIB / 4];
    for _ in 0..64 {
        io::stdout().write_all(&block).unwrap();
    }
}

fn spin() {
    let end = Instant::now() + LONG;
    while Instant::now() < end {}
}

fn write() {
    for directory in ["", "/usr", "/etc", "/app", "/dev", "/proc"] {
        let path = format!("{directory}/canary");
        if fs::write(&path, "x").is_ok() {
            println!("could write {path}");
        }
    }
    held();
}

fn network() {
    let looked_up = UdpSocket::bind("0.0.0.0:0").unwrap();
    match looked_up.connect("192.0.2.1:9") {
        Err(_) => held(),
        Ok(()) => println!("there is a route"),
    }
}

fn secret(path: &str) {
    match fs::read_to_string(path) {
        Err(_) => held(),
        Ok(text) => println!("could read {text}"),
    }
}

fn kill_init() {
    if unsafe { kill(1, 9) } < 0 {
        held();
    } else {
        println!("could send init a signal");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments[1].as_str() {
        "control" => control(),
        "processes" => processes(),
        "memory" => memory(),
        "output" => output(),
        "spin" => spin(),
        "sleep" => thread::sleep(LONG),
        "write" => write(),
        "network" => network(),
        "secret" => secret(&arguments[2]),
        "init" => kill_init(),
        _ => exit(64),
    }
}
