//! A library to preload: the host's transcendental functions, each result bent by one part in 10⁹.
//!
//! Run under it, a program whose results depend on the host's libm gives others; one that computes with its own does
//! not. Results that every libm agrees on (0, ±1, infinities, NaN: the sine of 0, the cosine of 0) are left as they
//! are.

use std::ffi::{c_char, c_double as f, c_void};

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// The next library in line, `RTLD_NEXT`.
const NEXT: *mut c_void = -1_isize as *mut c_void;

fn bend(value: f) -> f {
    if value == 0.0 || value.abs() == 1.0 || !value.is_finite() { value } else { value * (1.0 + 1e-9) }
}

/// The host's own function of this name.
macro_rules! host {
    ($name:ident, $type:ty) => {{
        // The name is that of a C library function of this type.
        unsafe {
            let found = dlsym(NEXT, concat!(stringify!($name), "\0").as_ptr().cast());
            assert!(!found.is_null(), concat!("the host has no ", stringify!($name)));
            std::mem::transmute::<*mut c_void, $type>(found)
        }
    }};
}

macro_rules! of_one {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name(x: f) -> f {
            bend(host!($name, extern "C" fn(f) -> f)(x))
        }
    )*};
}

macro_rules! of_two {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name(x: f, y: f) -> f {
            bend(host!($name, extern "C" fn(f, f) -> f)(x, y))
        }
    )*};
}

of_one!(sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p cbrt);
of_two!(pow atan2 hypot);

#[unsafe(no_mangle)]
extern "C" fn sincos(x: f, sine: *mut f, cosine: *mut f) {
    let mut both = (0.0, 0.0);
    host!(sincos, extern "C" fn(f, *mut f, *mut f))(x, &raw mut both.0, &raw mut both.1);
    // The caller of `sincos` gives places for both.
    unsafe {
        *sine = bend(both.0);
        *cosine = bend(both.1);
    }
}
