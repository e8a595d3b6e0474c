//! Which branches are polled when, and with which wakers.

use asyncio::__private::{Branch, BranchFailsWith, Branches, First3, Group, Race, all};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

struct Plain<F>(F);

impl<F: Future> Branch for Plain<F> {
    type Future = F;
    type Item = F::Output;

    fn into_future(self) -> F {
        self.0
    }
}

impl<F: Future> BranchFailsWith<()> for Plain<F> {
    fn split(output: F::Output) -> Result<F::Output, ()> {
        Ok(output)
    }
}

/// A task that counts how often it is woken.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Task {
    fn new() -> (Arc<Self>, Waker) {
        let task = Arc::new(Task::default());
        (task.clone(), Waker::from(task))
    }

    fn woken(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Something that happens, or not yet; counts how often it is asked.
#[derive(Default)]
struct Signal {
    happened: Cell<bool>,
    polls: Cell<usize>,
    waker: RefCell<Option<Waker>>,
}

impl Signal {
    fn many<const N: usize>() -> [Signal; N] {
        [(); N].map(|()| Signal::default())
    }

    /// Wakes whoever waits, without anything having happened.
    fn wake(&self) {
        let waker = self.waker.borrow().clone();
        waker.expect("somebody waits").wake();
    }

    fn happen(&self) {
        self.happened.set(true);
        self.wake();
    }

    async fn wait(&self) {
        poll_fn(|cx| {
            self.polls.set(self.polls.get() + 1);
            if self.happened.get() {
                return Poll::Ready(());
            }
            let mut waker = self.waker.borrow_mut();
            if !waker.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
                *waker = Some(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

fn polls(signals: &[Signal]) -> Vec<usize> {
    signals.iter().map(|signal| signal.polls.take()).collect()
}

fn poll<F: Future>(future: &mut Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

#[test]
fn a_gather_polls_only_what_is_woken() {
    let s: [Signal; 4] = Signal::many();
    let branches = (
        Plain(s[0].wait()),
        Plain(s[1].wait()),
        Plain(s[2].wait()),
        Plain(s[3].wait()),
    );
    let mut joined = pin!(branches.join());
    let (task, waker) = Task::new();
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(polls(&s), [1, 1, 1, 1]);
    s[2].wake();
    assert_eq!(task.woken(), 1);
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(polls(&s), [0, 0, 1, 0]);
    s[3].happen();
    s[0].happen();
    assert_eq!(task.woken(), 1, "two branches, one wake-up");
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(polls(&s), [1, 0, 0, 1]);
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(polls(&s), [0, 0, 0, 0], "nobody was woken");
    s[2].happen();
    s[1].happen();
    assert!(poll(&mut joined, &waker).is_ready());
    assert_eq!(polls(&s), [0, 1, 1, 0]);
}

#[test]
fn a_race_polls_only_what_is_woken() {
    let s: [Signal; 3] = Signal::many();
    let branches = (Some(s[0].wait()), Some(s[1].wait()), Some(s[2].wait()));
    let mut race = pin!(branches.race());
    let (task, waker) = Task::new();
    assert!(poll(&mut race, &waker).is_pending());
    assert_eq!(polls(&s), [1, 1, 1]);
    s[2].wake();
    assert!(poll(&mut race, &waker).is_pending());
    s[1].happen();
    assert_eq!(task.woken(), 2);
    assert_eq!(poll(&mut race, &waker), Poll::Ready(First3::B1(())));
    assert_eq!(polls(&s), [0, 1, 1]);
}

/// The nodes of a spread of so many branches have one, two or three levels.
#[test]
fn a_spread_of_any_size_polls_only_what_is_woken() {
    let sizes: &[usize] = if cfg!(miri) {
        &[3, 64, 65, 130]
    } else {
        &[3, 64, 65, 4096, 4097, 10_000]
    };
    for &size in sizes {
        let s: Vec<Signal> = (0..size).map(|_| Signal::default()).collect();
        let mut joined = pin!(all(s.iter().map(Signal::wait), usize::MAX));
        let (task, waker) = Task::new();
        assert!(poll(&mut joined, &waker).is_pending());
        assert!(polls(&s).iter().all(|polls| *polls == 1));
        for chosen in [0, size / 2, size - 1] {
            s[chosen].wake();
            assert_eq!(task.woken(), 1);
            assert!(poll(&mut joined, &waker).is_pending());
            let polls = polls(&s);
            assert_eq!(polls[chosen], 1);
            assert_eq!(polls.iter().sum::<usize>(), 1);
        }
        for signal in s.iter().rev() {
            assert!(poll(&mut joined, &waker).is_pending());
            signal.happen();
        }
        assert_eq!(task.woken(), size);
        assert!(poll(&mut joined, &waker).is_ready());
        assert_eq!(polls(&s).iter().sum::<usize>(), size);
    }
}

#[test]
fn a_spread_stands_wake_ups_of_branches_that_are_finished() {
    for size in [3, 70] {
        let s: Vec<Signal> = (0..size).map(|_| Signal::default()).collect();
        let mut joined = pin!(all(s.iter().map(Signal::wait), usize::MAX));
        let (task, waker) = Task::new();
        assert!(poll(&mut joined, &waker).is_pending());
        for index in 0..size - 1 {
            s[index].happen();
            assert!(poll(&mut joined, &waker).is_pending());
            polls(&s);
            // Alone, and beside another.
            s[index].wake();
            assert!(poll(&mut joined, &waker).is_pending());
            assert_eq!(polls(&s), vec![0; size]);
            s[index].wake();
            s[size - 1].wake();
            assert!(poll(&mut joined, &waker).is_pending());
            assert_eq!(polls(&s).iter().sum::<usize>(), 1);
            assert!(task.woken() > 0);
        }
        s[size - 1].happen();
        assert_eq!(task.woken(), 1);
        assert!(poll(&mut joined, &waker).is_ready());
    }
}

#[test]
fn a_spread_may_move_to_another_task() {
    for size in [3, 70, 5000] {
        let s: Vec<Signal> = (0..size).map(|_| Signal::default()).collect();
        let mut joined = pin!(all(s.iter().map(Signal::wait), usize::MAX));
        let ((first, first_waker), (second, second_waker)) = (Task::new(), Task::new());
        assert!(poll(&mut joined, &first_waker).is_pending());
        s[0].happen();
        assert_eq!(first.woken(), 1);
        assert!(poll(&mut joined, &second_waker).is_pending());
        for signal in &s[1..] {
            signal.happen();
            assert_eq!((first.woken(), second.woken()), (0, 1));
            let _ = poll(&mut joined, &second_waker);
        }
        assert_eq!(polls(&s), vec![2; size]);
    }
}

#[test]
fn a_limited_spread_polls_only_what_is_woken_and_what_is_new() {
    let s: Vec<Signal> = (0..100).map(|_| Signal::default()).collect();
    let mut joined = pin!(all(s.iter().map(Signal::wait), 70));
    let (_task, waker) = Task::new();
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(polls(&s).iter().sum::<usize>(), 70);
    s[80].happened.set(true);
    s[69].happen();
    assert!(poll(&mut joined, &waker).is_pending());
    let polled: Vec<usize> = (0..100).filter(|i| s[*i].polls.take() == 1).collect();
    assert_eq!(polled, [69, 70]);
    s[..10].iter().for_each(Signal::happen);
    assert!(poll(&mut joined, &waker).is_pending());
    let polled: Vec<usize> = (0..100).filter(|i| s[*i].polls.take() == 1).collect();
    assert_eq!(polled, (0..10).chain(71..82).collect::<Vec<_>>());
}

#[test]
fn in_nested_gathers_only_the_woken_leaf_is_polled() {
    let s: [Signal; 6] = Signal::many();
    let wait = |i: usize| Plain(s[i].wait());
    let grouped = (
        Group((wait(0), wait(1), wait(2))),
        Group((wait(3), wait(4), Group((wait(5),)))),
    );
    let mut joined = pin!(grouped.join());
    let (task, waker) = Task::new();
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(polls(&s), [1; 6]);
    for chosen in [5, 0, 1, 2, 3, 4, 5] {
        s[chosen].wake();
        assert_eq!(task.woken(), 1);
        assert!(poll(&mut joined, &waker).is_pending());
        let mut expected = [0; 6];
        expected[chosen] = 1;
        assert_eq!(polls(&s), expected);
    }
}

#[test]
fn a_branch_that_wakes_itself_is_polled_again() {
    let yields = |times: usize| {
        let mut left = times;
        poll_fn(move |cx| {
            if left == 0 {
                return Poll::Ready(times);
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    };
    let other = Signal::default();
    let never = Plain(pending::<()>());
    let mut joined = pin!((Plain(yields(3)), Plain(other.wait()), never).join());
    let (task, waker) = Task::new();
    for _ in 0..3 {
        assert!(poll(&mut joined, &waker).is_pending());
        assert_eq!(task.woken(), 1);
    }
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(task.woken(), 0);
    assert_eq!(other.polls.get(), 1);
}

#[test]
fn two_branches_are_polled_both_until_it_has_happened_often() {
    let s: [Signal; 2] = Signal::many();
    let mut joined = pin!((Plain(s[0].wait()), Plain(s[1].wait())).join());
    let (task, waker) = Task::new();
    assert!(poll(&mut joined, &waker).is_pending());
    for _ in 0..4 {
        s[1].wake();
        assert_eq!(task.woken(), 1);
        assert!(poll(&mut joined, &waker).is_pending());
    }
    assert_eq!(polls(&s), [5, 5]);
    s[1].wake();
    assert_eq!(task.woken(), 1);
    assert!(poll(&mut joined, &waker).is_pending());
    assert_eq!(polls(&s), [0, 1]);
    let (other_task, other_waker) = Task::new();
    assert!(poll(&mut joined, &other_waker).is_pending());
    s[0].happen();
    s[1].happen();
    assert_eq!((task.woken(), other_task.woken()), (0, 1));
    assert!(poll(&mut joined, &other_waker).is_ready());
}

#[test]
fn of_two_branches_one_may_wake_itself_again_and_again() {
    let signal = Signal::default();
    let left = Cell::new(600); // more than there are polls between two looks at whether wakers are kept
    let busy = poll_fn(|cx| {
        if left.get() == 0 {
            return Poll::Ready(());
        }
        left.set(left.get() - 1);
        cx.waker().wake_by_ref();
        if left.get() == 100 {
            signal.happen();
        }
        Poll::Pending
    });
    let mut joined = pin!((Plain(busy), Plain(signal.wait())).join());
    let (task, waker) = Task::new();
    while poll(&mut joined, &waker).is_pending() {
        assert_ne!(task.woken(), 0, "somebody comes back for it");
    }
    assert_eq!(left.get(), 0);
}

#[test]
fn the_task_that_polled_last_is_woken() {
    let s: [Signal; 3] = Signal::many();
    let mut joined = pin!((Plain(s[0].wait()), Plain(s[1].wait()), Plain(s[2].wait())).join());
    let (first_task, first) = Task::new();
    assert!(poll(&mut joined, &first).is_pending());
    let (second_task, second) = Task::new();
    assert!(poll(&mut joined, &second).is_pending());
    s[0].wake();
    assert_eq!((first_task.woken(), second_task.woken()), (0, 1));
    assert!(poll(&mut joined, &first).is_pending());
    s[1].wake();
    assert_eq!((first_task.woken(), second_task.woken()), (1, 0));
}

#[test]
fn wakers_may_outlive_the_gather() {
    let s: [Signal; 3] = Signal::many();
    let (task, waker) = Task::new();
    {
        let mut joined = pin!((Plain(s[0].wait()), Plain(s[1].wait()), Plain(s[2].wait())).join());
        assert!(poll(&mut joined, &waker).is_pending());
    }
    s[0].wake();
    assert_eq!(task.woken(), 0, "nobody is there to be woken");

    // Whoever has the line now stands a wake-up that is not meant for it.
    let t: [Signal; 3] = Signal::many();
    let mut joined = pin!((Plain(t[0].wait()), Plain(t[1].wait()), Plain(t[2].wait())).join());
    assert!(poll(&mut joined, &waker).is_pending());
    s[1].wake();
    assert!(poll(&mut joined, &waker).is_pending());
    t[0].happen();
    t[1].happen();
    t[2].happen();
    assert!(task.woken() > 0);
    assert!(poll(&mut joined, &waker).is_ready());
}

#[test]
fn a_finished_gather_lets_go_of_its_task() {
    let s: [Signal; 3] = Signal::many();
    let (task, waker) = Task::new();
    let mut joined = Box::pin((Plain(s[0].wait()), Plain(s[1].wait()), Plain(s[2].wait())).join());
    assert!(poll(&mut joined.as_mut(), &waker).is_pending());
    assert!(Arc::strong_count(&task) > 2);
    drop(joined);
    assert_eq!(Arc::strong_count(&task), 2, "the task and `waker`");
}

/// A task that drops what it runs when it is woken.
struct DropWhenWoken<F>(Mutex<Option<F>>);

impl<F: Send + 'static> Wake for DropWhenWoken<F> {
    fn wake(self: Arc<Self>) {
        let dropped = self.0.lock().unwrap().take();
        drop(dropped);
    }
}

#[test]
fn a_wake_up_may_drop_the_gather() {
    let kept = Arc::new(Mutex::new(Vec::<Waker>::new()));
    let keep = |kept: &Arc<Mutex<Vec<Waker>>>| {
        let kept = kept.clone();
        async move {
            poll_fn(|cx| {
                kept.lock().unwrap().push(cx.waker().clone());
                Poll::<()>::Pending
            })
            .await;
        }
    };
    let mut joined = Box::pin((Plain(keep(&kept)), Plain(keep(&kept))).join());
    let task = Arc::new(DropWhenWoken(Mutex::new(None)));
    let waker = Waker::from(task.clone());
    assert!(poll(&mut joined.as_mut(), &waker).is_pending());
    *task.0.lock().unwrap() = Some(joined);
    let wakers = std::mem::take(&mut *kept.lock().unwrap());
    for waker in wakers {
        waker.wake();
    }
    assert!(task.0.lock().unwrap().is_none());
    assert_eq!(Arc::strong_count(&kept), 1, "the branches are gone");
}

#[test]
fn threads_may_share_the_waker_while_a_branch_is_polled() {
    let seen = Arc::new(Mutex::new(Vec::<Waker>::new()));
    let branch = || {
        let seen = seen.clone();
        poll_fn(move |cx| {
            let waker = cx.waker();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let clone = waker.clone();
                        clone.wake_by_ref();
                        waker.wake_by_ref();
                        seen.lock().unwrap().push(clone);
                    });
                }
            });
            Poll::<()>::Pending
        })
    };
    let (task, waker) = Task::new();
    let mut joined = pin!((Plain(branch()), Plain(branch()), Plain(pending::<()>())).join());
    assert!(poll(&mut joined, &waker).is_pending());
    assert!(task.woken() > 0);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 8);
    let (first, second) = seen.split_at(4);
    assert!(first.iter().all(|waker| waker.will_wake(&first[0])));
    assert!(second.iter().all(|waker| waker.will_wake(&second[0])));
    assert!(!first[0].will_wake(&second[0]));
}
