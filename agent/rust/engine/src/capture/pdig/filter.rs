//! The seccomp filter of a program that is started under the tracer: it stops for exactly the selected system calls.
//!
//! The verdict depends on architecture and number alone, so that the kernel (5.11) remembers it and other calls run at full speed.

use libc::{sock_filter, BPF_ABS, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};

use super::{ARCH_IA32, ARCH_NATIVE};

/// Offsets in struct seccomp_data.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
/// A jump reaches this many instructions; blocks of a search are kept shorter.
const FAR: usize = 255;
/// What our filter says of the calls that it wants traced, so that they are told from those of a program's own filter.
pub const MARK: u32 = 0x6167;
/// The bit of a number that marks a call of the x32 kind. They are traced, and counted as not known.
const X32: u32 = 0x4000_0000;

/// Instructions for these call numbers. Both lists are sorted; `ia32` is for calls made the 32-bit way.
pub fn program(native: &[u32], ia32: &[u32]) -> Vec<sock_filter> {
    let mut program = vec![load(ARCH)];
    let search = |numbers: &[u32], x32: bool| {
        let mut block = vec![load(NUMBER)];
        if x32 {
            block.extend([jump(BPF_JGE, X32, 0, 1), give(libc::SECCOMP_RET_TRACE | MARK)]);
        }
        block.extend(tree(&ranges(numbers)));
        block
    };
    // A block is entered by not jumping over it: its end may be further away than a conditional jump reaches.
    for (arch, numbers, x32) in [(ARCH_NATIVE, native, cfg!(target_arch = "x86_64")), (ARCH_IA32, ia32, false)] {
        let block = search(numbers, x32);
        program.push(jump(BPF_JEQ, arch, 1, 0));
        program.push(sock_filter { code: (BPF_JMP) as u16, jt: 0, jf: 0, k: block.len() as u32 });
        program.extend(block);
    }
    program.push(give(libc::SECCOMP_RET_ALLOW));
    program
}

/// Numbers that follow each other are one range: first, and the first behind it.
fn ranges(numbers: &[u32]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, end)) if *end == *number => *end += 1,
            _ => ranges.push((*number, number + 1)),
        }
    }
    ranges
}

/// A binary search: every way through it ends in a verdict.
fn tree(ranges: &[(u32, u32)]) -> Vec<sock_filter> {
    match ranges {
        [] => vec![give(libc::SECCOMP_RET_ALLOW)],
        [(first, end)] => vec![
            jump(BPF_JGE, *first, 0, 2),
            jump(BPF_JGE, *end, 1, 0),
            give(libc::SECCOMP_RET_TRACE | MARK),
            give(libc::SECCOMP_RET_ALLOW),
        ],
        many => {
            let (low, high) = many.split_at(many.len() / 2);
            let (below, above) = (tree(low), tree(high));
            let mut block = if below.len() <= FAR {
                vec![jump(BPF_JGE, high[0].0, below.len() as u8, 0)]
            } else {
                vec![
                    jump(BPF_JGE, high[0].0, 0, 1),
                    sock_filter { code: BPF_JMP as u16, jt: 0, jf: 0, k: below.len() as u32 },
                ]
            };
            block.extend(below);
            block.extend(above);
            block
        }
    }
}

fn load(offset: u32) -> sock_filter {
    sock_filter { code: (BPF_LD | BPF_W | BPF_ABS) as u16, jt: 0, jf: 0, k: offset }
}

fn jump(compare: u32, value: u32, yes: u8, no: u8) -> sock_filter {
    sock_filter { code: (BPF_JMP | compare | BPF_K) as u16, jt: yes, jf: no, k: value }
}

fn give(verdict: u32) -> sock_filter {
    sock_filter { code: (BPF_RET | BPF_K) as u16, jt: 0, jf: 0, k: verdict }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would do.
    fn verdict(program: &[sock_filter], arch: u32, number: u32) -> u32 {
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let one = program[at];
            at += 1;
            match u32::from(one.code) {
                code if code == BPF_LD | BPF_W | BPF_ABS => accumulator = if one.k == ARCH { arch } else { number },
                code if code == BPF_JMP | BPF_JEQ | BPF_K => {
                    at += usize::from(if accumulator == one.k { one.jt } else { one.jf })
                }
                code if code == BPF_JMP | BPF_JGE | BPF_K => {
                    at += usize::from(if accumulator >= one.k { one.jt } else { one.jf })
                }
                BPF_JMP => at += one.k as usize,
                code if code == BPF_RET | BPF_K => return one.k,
                other => panic!("instruction {other:#x} is not known"),
            }
        }
    }

    #[test]
    fn exactly_the_selected_calls_are_traced() {
        let every_third: Vec<u32> = (0..450).filter(|n| n % 3 == 0).collect();
        for (native, ia32) in [
            (vec![], vec![]),
            (vec![0, 1, 2, 257], vec![5]),
            (every_third.clone(), (0..450).collect::<Vec<u32>>()),
            (vec![1023], every_third),
        ] {
            let program = program(&native, &ia32);
            assert!(program.len() < 4096, "the kernel takes no more");
            for number in (0..1100).chain([0x3fff_ffff, 0xffff_ffff]) {
                let is = |arch| verdict(&program, arch, number) == libc::SECCOMP_RET_TRACE | MARK;
                let x32 = cfg!(target_arch = "x86_64") && number >= X32;
                assert_eq!(is(ARCH_NATIVE), native.contains(&number) || x32, "{number}");
                assert_eq!(is(ARCH_IA32), ia32.contains(&number), "{number} of ia32");
                assert_eq!(verdict(&program, 7, number), libc::SECCOMP_RET_ALLOW, "another architecture");
            }
        }
    }
}
