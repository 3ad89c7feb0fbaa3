//! Compiles the modern eBPF driver with clang, whose object is embedded in the library, and the bodies that pdig shares with it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../..");
    let drivers = env::var("AGENT_DRIVERS").map(PathBuf::from).unwrap_or(root.join("drivers"));
    let (driver, pdig) = (drivers.join("modern_bpf"), drivers.join("pdig"));
    let out = PathBuf::from(env::var("OUT_DIR").unwrap());
    println!("cargo:rerun-if-env-changed=AGENT_DRIVERS");
    println!("cargo:rerun-if-env-changed=CLANG");
    for folder in [driver.clone(), drivers.join("shared"), pdig.clone()] {
        println!("cargo:rerun-if-changed={}", folder.display());
    }
    // libbpf-sys says where it put the headers of the libbpf that it built (its `links` key is "bpf").
    let headers = env::var("DEP_BPF_INCLUDE").expect("libbpf-sys names its include folder");

    let (arch, triplet) = match env::var("CARGO_CFG_TARGET_ARCH").unwrap().as_str() {
        "x86_64" => ("x86", "x86_64-linux-gnu"),
        "aarch64" => ("arm64", "aarch64-linux-gnu"),
        other => panic!("the agent does not know the architecture {other}"),
    };
    let clang = env::var("CLANG").unwrap_or_else(|_| "clang".into());
    let strip = env::var("LLVM_STRIP").unwrap_or_else(|_| "llvm-strip".into());
    for (name, atomics) in [("agent.bpf.o", 1), ("agent-no-atomics.bpf.o", 0)] {
        let object = out.join(name);
        let status = Command::new(&clang)
            .args(["-O2", "-g", "-target", "bpf", "-mcpu=v3", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"])
            .arg(format!("-D__TARGET_ARCH_{arch}"))
            .arg(format!("-DHAVE_ATOMICS={atomics}"))
            .arg("-I")
            .arg(&headers)
            // The kernel's user headers lie in a folder of the architecture on Debian and its kin.
            .arg(format!("-I/usr/include/{triplet}"))
            .arg("-c")
            .arg(driver.join("agent.bpf.c"))
            .arg("-o")
            .arg(&object)
            .status()
            .unwrap_or_else(|e| panic!("{clang} could not be run ({e}); install it: apt-get install clang"));
        assert!(status.success(), "{clang} could not compile {}", driver.join("agent.bpf.c").display());
        // Debug sections are half of the object and nothing reads them; the type information stays.
        let _ = Command::new(&strip).arg("-g").arg(&object).status();
    }
    cc::Build::new()
        .file(pdig.join("bodies.c"))
        .opt_level(2)
        .flag("-Wno-unused-parameter")
        .warnings_into_errors(true)
        .compile("agent_pdig");
}
