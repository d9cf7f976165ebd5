//! Sign-ins with Zoom: `disconnect` ends one, `seal` keeps what is secret, `keyring` the tenants' keys, `sign_in` the way from button to
//! connection, `takeover` what ends for it, `old_app` what is left of the old JWT app, `script` what only scripts and links need of it,
//! `share` one Zoom account for several tenants, `tokens` what a connection gives for calls and how it is refreshed, `health` looking
//! after the person behind it, `stand_by` the admin who steps in, `missed` what is asked for after a gap, `erasure` what is deleted
//! after the app was removed.

pub mod disconnect;
pub mod erasure;
pub mod health;
pub mod keyring;
pub mod missed;
pub mod old_app;
pub mod script;
pub mod seal;
pub mod sign_in;
pub mod share;
pub mod stand_by;
pub mod takeover;
pub mod tokens;
