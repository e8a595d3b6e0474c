//! What a wake-up costs when many wait and one is woken.

use asyncio::gather;
use asyncio_benches::driver::Driver;
use asyncio_benches::{Comparison, drive};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const WAKE_UPS: usize = 1000;

/// Receives until the channel is closed.
async fn drain(mut receiver: UnboundedReceiver<u64>) -> u64 {
    let mut sum = 0;
    while let Some(value) = receiver.recv().await {
        sum += value;
    }
    sum
}

/// Sends `WAKE_UPS` values through the first of several channels, one whenever all wait, then closes
/// them.
struct Traffic {
    senders: Vec<UnboundedSender<u64>>,
    left: usize,
}

impl Traffic {
    fn new<const N: usize>() -> (Self, [UnboundedReceiver<u64>; N]) {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..N).map(|_| unbounded_channel()).unzip();
        let traffic = Traffic {
            senders,
            left: WAKE_UPS,
        };
        let receivers = receivers.try_into().expect("there are so many");
        (traffic, receivers)
    }

    fn go_on(&mut self) {
        if self.left == 0 {
            return self.senders.clear();
        }
        self.left -= 1;
        self.senders[0].send(1).expect("the receiver is there");
    }
}

macro_rules! one_of_many {
    ($driver:ident, $count:literal, $($receiver:ident)*) => {
        Comparison::new(concat!("gather of ", $count, ", one is woken"), WAKE_UPS)
            .with("tokio::join!", || {
                let (mut traffic, [$($receiver),*]) = Traffic::new();
                drive!($driver, tokio::join!($(drain($receiver)),*), || traffic.go_on());
            })
            .with("futures::join!", || {
                let (mut traffic, [$($receiver),*]) = Traffic::new();
                drive!($driver, futures::join!($(drain($receiver)),*), || traffic.go_on());
            })
            .with("gather!", || {
                let (mut traffic, [$($receiver),*]) = Traffic::new();
                drive!($driver, gather!($(drain($receiver)),*).await, || traffic.go_on());
            })
            .with("the one alone", || {
                let (mut traffic, [receiver]) = Traffic::new();
                drive!($driver, drain(receiver).await, || traffic.go_on());
            })
    };
}

fn main() {
    let driver = &Driver::default();
    asyncio_benches::main(vec![
        one_of_many!(driver, 2, a b),
        one_of_many!(driver, 3, a b c),
        one_of_many!(driver, 8, a b c d e f g h),
        one_of_many!(driver, 32, a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1
            c2 c3 c4 c5 c6 c7 c8 c9 d0 d1),
    ]);
}
