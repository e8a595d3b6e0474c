//! A status page for your services: says over HTTP which of them can be reached, and how fast.
//!
//! ```text
//! cargo run --example axum_service -- 127.0.0.1:3000 db=127.0.0.1:5432 web=example.com:80
//! curl 127.0.0.1:3000/status          # all of them, side by side
//! curl 127.0.0.1:3000/status/db       # one
//! curl 127.0.0.1:3000/ready           # 204 if all can be reached, else 503
//! ```
//!
//! One check takes at most half a second, a whole answer at most two, however many services there are;
//! 16 of them are checked at a time. Ctrl-C cancels what is being answered and ends the process.
//!
//! To see: `#[timeout]` on handlers and what they call, `gather!` in handlers that axum runs on any
//! thread of the multi-threaded runtime. Both are plain futures that are `Send` where their parts are.

mod service;

use service::{Service, Services};
use std::error::Error;
use std::process::ExitCode;
use tokio::net::TcpListener;

const USAGE: &str = "usage: axum_service LISTEN NAME=HOST:PORT...";

#[asyncio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    match serve(std::env::args().skip(1)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("axum_service: {error}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(mut arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let address = arguments.next().ok_or("no address to listen on")?;
    let services = arguments.map(|argument| argument.parse::<Service>());
    let services: Services = services.collect::<Result<_, _>>()?;
    let listener = TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, service::router(services)).await?;
    Ok(())
}
