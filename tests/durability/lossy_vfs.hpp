#pragma once

#include <memory>
#include <string>

#include "lossy_disk.hpp"

namespace apilab::durability {

/// SQLite's view of a LossyDisk: registered under a name of its own as long as it lives, which no
/// connection may outlast. Locks and WAL's shared memory are kept in memory, so several connections
/// of one process work. It does what SQLite's own `unix` does, in what it promises too: writes are
/// safe for their neighbours, a new journal's or WAL's first sync syncs the folder, a new main
/// file's does not.
///
///     LossyDisk disk(seed);
///     LossyVfs vfs(disk);
///     SQLite::Database db("/radar.db", flags, 0, vfs.name());
///     disk.cut_at(disk.steps() + 7);   // ... SQLITE_IOERR from there on
///     disk.restart(Unsynced::some);    // the machine is back
class LossyVfs {
public:
    explicit LossyVfs(LossyDisk& disk);
    LossyVfs(const LossyVfs&) = delete;
    LossyVfs& operator=(const LossyVfs&) = delete;
    ~LossyVfs();

    [[nodiscard]] const std::string& name() const;

    /// Every call of SQLite that meets the disk holds it; whoever speaks to the disk while
    /// another thread uses it takes it too.
    class Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace apilab::durability
