//! What really waits: channels on Tokio, and the task at their other end.

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, yield_now};

/// How often one of many is woken.
pub(crate) const WAKE_UPS: usize = 1000;

/// Receives until the channel is closed.
pub(crate) async fn drain(mut receiver: mpsc::Receiver<u32>) -> u32 {
    let mut sum = 0;
    while let Some(value) = receiver.recv().await {
        sum += value;
    }
    sum
}

/// Sends through the last of the channels, again and again, then closes all.
async fn feed(senders: Vec<mpsc::Sender<u32>>) {
    let last = senders.last().expect("there is one");
    for value in 0..WAKE_UPS as u32 {
        last.try_send(value).expect("the one before was received");
        yield_now().await;
    }
}

/// Feeds so many channels on Tokio. Gives their receivers.
pub(crate) fn fed<const N: usize>() -> ([mpsc::Receiver<u32>; N], JoinHandle<()>) {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..N).map(|_| mpsc::channel(4)).unzip();
    let feeding = tokio::spawn(feed(senders));
    (receivers.try_into().expect("there are so many"), feeding)
}

pub(crate) async fn call(answer: oneshot::Receiver<u64>) -> u64 {
    answer.await.expect("it is answered")
}

/// Answers one after the other.
async fn serve(answers: Vec<oneshot::Sender<u64>>) {
    for (value, answer) in (0..).zip(answers) {
        answer.send(value).expect("the receiver is there");
        yield_now().await;
    }
}

/// Answers so many calls on Tokio.
pub(crate) fn served<const N: usize>() -> ([oneshot::Receiver<u64>; N], JoinHandle<()>) {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..N).map(|_| oneshot::channel()).unzip();
    let serving = tokio::spawn(serve(senders));
    (receivers.try_into().expect("there are so many"), serving)
}
