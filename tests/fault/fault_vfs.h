#pragma once

#include <string>

// SQLite's file layer over a Disk: files, locks, and the shared memory of the write-ahead log as
// plain memory of this process.

namespace pawl::fault {

class Disk;

// Makes a layer of `disk` known to SQLite and tells its name. For Disk alone.
void* register_layer(Disk& disk, std::string& name);
void unregister_layer(void* layer);

}  // namespace pawl::fault
