//! Sign-ins with Zoom: `sign_in` the way from button to connection, `connect` its last step, `disconnect` ends one, `seal` keeps what
//! is secret, `master` the key above all, `rotation` puts another in its place, `keyring` the tenants' keys, `takeover` what ends for a sign-in, `own_app` a tenant's own Zoom app instead of a person's
//! sign-in, `old_app` what is left of the old JWT app, `script` what only scripts and links need of a sign-in, `share` one Zoom account
//! for several tenants, `tokens` what a connection gives for calls and how it is refreshed, `renewals` who of a process does that, `health` looking after the person behind
//! it, `stand_by` the admin who steps in, `missed` what is asked for after a gap, `erasure` what is deleted after the app was removed.

mod connect;
pub mod disconnect;
pub mod erasure;
pub mod health;
pub mod keyring;
pub mod master;
pub mod missed;
pub mod old_app;
pub mod own_app;
pub mod renewals;
pub mod rotation;
pub mod script;
pub mod seal;
pub mod sign_in;
pub mod share;
pub mod stand_by;
pub mod takeover;
pub mod tokens;
pub mod whose;
