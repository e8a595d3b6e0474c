//! A poll of those branches that are due.

/// Polls the branches that are due. Where there are many it goes past eight at a time of which none is.
macro_rules! poll_due {
    ($with:tt
        $b:ident $B:ident $i:tt,
        $b1:ident $B1:ident $i1:tt,
        $b2:ident $B2:ident $i2:tt,
        $b3:ident $B3:ident $i3:tt,
        $b4:ident $B4:ident $i4:tt,
        $b5:ident $B5:ident $i5:tt,
        $b6:ident $B6:ident $i6:tt,
        $b7:ident $B7:ident $i7:tt,
        $($rest:tt)+
    ) => {
        if due!($with) & (0xff << $i) != 0 {
            poll_if_due!($with $b $B $i);
            poll_if_due!($with $b1 $B1 $i1);
            poll_if_due!($with $b2 $B2 $i2);
            poll_if_due!($with $b3 $B3 $i3);
            poll_if_due!($with $b4 $B4 $i4);
            poll_if_due!($with $b5 $B5 $i5);
            poll_if_due!($with $b6 $B6 $i6);
            poll_if_due!($with $b7 $B7 $i7);
        }
        poll_due!($with $($rest)+);
    };
    ($with:tt $($b:ident $B:ident $i:tt,)*) => {
        $( poll_if_due!($with $b $B $i); )*
    };
}

macro_rules! due {
    (($due:ident $($with:ident)*)) => {
        $due
    };
}

macro_rules! poll_if_due {
    (($due:ident $this:ident $now:ident $branches:ident $wakers:ident) $b:ident $B:ident $i:tt) => {
        if $due & (1 << $i) != 0 {
            $branches.enter($i);
            // SAFETY: `pending` says that the future is there.
            let future = unsafe { $this.$b.as_mut().future() };
            let waker = $wakers.of($i);
            if let Poll::Ready(output) = future.poll(&mut Context::from_waker(&waker)) {
                $now.pending &= !(1 << $i);
                $now.hole = $i + 1;
                // SAFETY: it is there, and `pending` no longer says so.
                unsafe { $this.$b.as_mut().drop_future() }
                match $B::split(output) {
                    // SAFETY: nothing is there any more.
                    Ok(item) => unsafe { $this.$b.as_mut().put(item) },
                    Err(error) => return Poll::Ready(Err(error)),
                }
                $now.hole = NONE;
            }
        }
    };
}

pub(super) use {due, poll_due, poll_if_due};
