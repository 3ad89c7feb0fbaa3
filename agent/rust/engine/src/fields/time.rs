//! Times as text.

use std::io::Write;

const NS: u64 = 1_000_000_000;

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `13:49:30.554065140`, local time.
    Clock,
    /// `13:49:30`, local time.
    ClockSeconds,
    /// `2026-11-22 13:49:30.554065140`, local time.
    Date,
    /// `2026-11-22 13:49:30`, local time.
    DateSeconds,
    /// `2026-11-22T13:49:30.554065140+0000`, UTC.
    Iso8601,
    /// `2026-11-22T13:49:30.554065140Z`, UTC.
    Zulu,
}

/// Append `ts` (ns since the epoch).
pub fn write(ts: u64, style: Style, out: &mut Vec<u8>) {
    let (seconds, ns) = (ts / NS, ts % NS);
    let local = matches!(style, Style::Clock | Style::ClockSeconds | Style::Date | Style::DateSeconds);
    let offset = if local { local_offset(seconds) } else { 0 };
    let seconds = (seconds as i64).saturating_add(offset);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (h, m, s) = (rest / 3600, rest / 60 % 60, rest % 60);
    let (year, month, day) = civil(days);
    // Writing to a Vec cannot fail.
    let _ = match style {
        Style::Clock => write!(out, "{h:02}:{m:02}:{s:02}.{ns:09}"),
        Style::ClockSeconds => write!(out, "{h:02}:{m:02}:{s:02}"),
        Style::Date => write!(out, "{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}.{ns:09}"),
        Style::DateSeconds => write!(out, "{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}"),
        Style::Iso8601 => write!(out, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ns:09}+0000"),
        Style::Zulu => write!(out, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ns:09}Z"),
    };
}

/// Seconds east of UTC at that time on this machine.
fn local_offset(seconds: u64) -> i64 {
    let time = seconds as libc::time_t;
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // Both pointers are valid for the call.
    let done = unsafe { libc::localtime_r(&time, &mut parts) };
    if done.is_null() {
        0
    } else {
        parts.tm_gmtoff
    }
}

/// Year, month and day of a count of days since 1970-01-01 (proleptic Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    // Years start in March here, so that the leap day is the last of its year; 719 468 days lie between 0000-03-01 and 1970.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ts: u64, style: Style) -> String {
        let mut out = Vec::new();
        write(ts, style, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn utc_times() {
        assert_eq!(text(1_795_355_370_554_065_140, Style::Zulu), "2026-11-22T13:49:30.554065140Z");
        assert_eq!(text(0, Style::Iso8601), "1970-01-01T00:00:00.000000000+0000");
        assert_eq!(text(951_782_400 * NS + 5, Style::Zulu), "2000-02-29T00:00:00.000000005Z");
        assert_eq!(text(4_107_542_400 * NS, Style::Zulu), "2100-03-01T00:00:00.000000000Z");
        text(u64::MAX, Style::Date);
    }

    #[test]
    fn local_times_agree_with_the_c_library() {
        for seconds in [0u64, 1_470_327_477, 1_795_355_370, 1_751_000_000] {
            let mut tm: libc::tm = unsafe { std::mem::zeroed() };
            unsafe { libc::localtime_r(&(seconds as libc::time_t), &mut tm) };
            let want = format!(
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
                tm.tm_year + 1900,
                tm.tm_mon + 1,
                tm.tm_mday,
                tm.tm_hour,
                tm.tm_min,
                tm.tm_sec
            );
            assert_eq!(text(seconds * NS, Style::DateSeconds), want);
            assert!(text(seconds * NS + 7, Style::Clock).ends_with(&format!("{}.000000007", &want[11..])));
        }
    }
}
