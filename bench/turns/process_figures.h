#pragma once

#include <cstdint>

#include <sys/types.h>

namespace pawl::bench {

// Bytes that this process has made the kernel send to a disk, by its own account (write_bytes of
// /proc/self/io): pages of files that were made dirty, those of the log as well as those of the
// file. 0 where the kernel keeps no account.
std::uint64_t written_bytes();

// What of a process is in memory (VmRSS of /proc). 0 when it is gone.
std::uint64_t resident_bytes(pid_t process);

}  // namespace pawl::bench
