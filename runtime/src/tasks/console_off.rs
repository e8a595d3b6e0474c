//! What stands for `console` where tokio-console is not asked for.

use super::Header;
use std::future::Future;
use tokio::runtime::Handle;

pub(crate) const SHOWS: bool = false;

#[inline]
#[track_caller]
pub(super) fn spawn(
    runtime: &Handle,
    _header: &Header,
    root: impl Future<Output = ()> + Send + 'static,
) {
    drop(runtime.spawn(root));
}

#[inline]
#[track_caller]
pub(super) fn spawn_local(_header: &Header, root: impl Future<Output = ()> + 'static) {
    drop(tokio::task::spawn_local(root));
}

#[inline]
pub(super) fn shown<F>(_header: &Header, root: F) -> F {
    root
}
