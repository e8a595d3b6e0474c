//! The handlers, and the checks that they make.

use asyncio::{TimeoutError, gather, timeout};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpStream;

/// How many checks a request makes at a time.
const AT_A_TIME: usize = 16;

/// What is watched.
pub(crate) type Services = Arc<[Service]>;

/// A name, and where it listens.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    name: String,
    address: String,
}

impl FromStr for Service {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, address)) if address.contains(':') => Ok(Service {
                name: name.to_owned(),
                address: address.to_owned(),
            }),
            _ => Err(format!("`{text}` is not NAME=HOST:PORT")),
        }
    }
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    name: String,
    up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum ServiceError {
    UnknownService(String),
    TimedOut(TimeoutError),
}

impl From<TimeoutError> for ServiceError {
    fn from(error: TimeoutError) -> Self {
        ServiceError::TimedOut(error)
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        match self {
            ServiceError::UnknownService(name) => {
                (StatusCode::NOT_FOUND, format!("no service `{name}`\n")).into_response()
            }
            ServiceError::TimedOut(error) => {
                (StatusCode::GATEWAY_TIMEOUT, format!("{error}\n")).into_response()
            }
        }
    }
}

/// The pages.
pub(crate) fn router(services: Services) -> Router {
    Router::new()
        .route("/status", get(all))
        .route("/status/{name}", get(one))
        .route("/ready", get(ready))
        .with_state(services)
}

#[timeout(2s)]
async fn all(State(services): State<Services>) -> Result<Json<Vec<Status>>, ServiceError> {
    Ok(Json(check_all(&services).await))
}

#[timeout(2s)]
async fn one(
    State(services): State<Services>,
    Path(name): Path<String>,
) -> Result<Json<Status>, ServiceError> {
    match services.iter().find(|service| service.name == name) {
        Some(service) => Ok(Json(check(service).await)),
        None => Err(ServiceError::UnknownService(name)),
    }
}

/// For load balancers: too late is as good as no.
#[timeout(2s, or = StatusCode::SERVICE_UNAVAILABLE)]
async fn ready(State(services): State<Services>) -> StatusCode {
    if check_all(&services).await.iter().all(|status| status.up) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

async fn check_all(services: &[Service]) -> Vec<Status> {
    gather!(..services.iter().map(check), limit = AT_A_TIME).await
}

async fn check(service: &Service) -> Status {
    let start = Instant::now();
    let connected = connect(&service.address).await;
    let milliseconds = start.elapsed().as_millis();
    Status {
        name: service.name.clone(),
        up: connected.is_ok(),
        milliseconds: connected.is_ok().then_some(milliseconds),
        error: connected.err().map(|error| error.to_string()),
    }
}

/// `io::Error` comes from a time-out as from everything else that can go wrong with a socket.
#[timeout(500ms)]
async fn connect(address: &str) -> io::Result<TcpStream> {
    TcpStream::connect(address).await
}
