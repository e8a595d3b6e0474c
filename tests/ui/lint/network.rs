// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;
use std::net::{self, TcpListener};

#[timeout(2s, or = ())]
async fn f() {
    let _ = std::net::TcpStream::connect("x:1"); //~ ERROR it blocks the event loop
    let _ = TcpListener::bind("x:1"); //~ ERROR it blocks the event loop
    let _ = net::UdpSocket::bind("x:1"); //~ ERROR it blocks the event loop
}

fn main() {}
