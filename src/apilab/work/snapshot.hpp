#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

// Copies of a SQLite store, each with a manifest beside it, and the proof that they can be used.
// (PostgreSQL has its own: `pg_dump`.) All of this blocks the thread, for as long as reading and
// writing the whole file takes.
namespace apilab::work {

/// A store as it was at one moment: a file, and `FILE.json` (the manifest), written last. Both have
/// mode 0600: a snapshot holds what the store holds. A value.
struct Snapshot {
    std::filesystem::path file;
    SystemTime taken;
    std::uint64_t bytes = 0;
    /// 64 hexadecimal digits.
    std::string sha256;
    /// Steps of the schema that it has seen.
    std::int64_t schema = 0;
    /// Rows of each table, counted in the store itself at that moment.
    std::vector<std::pair<std::string, std::int64_t>> counts;
    /// When a drill succeeded last; nothing: none has.
    std::optional<SystemTime> drilled;
};

/// Copies the store `store` to `folder/NAME-20261122T100000.000Z.db`, whoever writes to it
/// meanwhile: readers of SQLite's log do not wait for writers, nor those for them. What is copied
/// is one moment, and the rows are counted in the same transaction. A copy that is cut off leaves a
/// `.partial` file, which the next one replaces, and never a manifest.
///
/// Errors: `invalid_argument` (detail `store`: no such file, or another program's; `folder`), and
/// `io` as everywhere.
[[nodiscard]] Result<Snapshot> take_snapshot(const std::filesystem::path& store,
                                             const std::filesystem::path& folder, SystemTime now);

/// What the manifest beside `file` says; nothing of the file itself is looked at. Errors:
/// `invalid_argument` where there is none, `decode` where it is none (detail: the field).
[[nodiscard]] Result<Snapshot> read_snapshot(const std::filesystem::path& file);

/// Those of a folder that have a manifest which can be read, the newest first.
[[nodiscard]] Result<std::vector<Snapshot>> list_snapshots(const std::filesystem::path& folder);

/// The drill of a restore: compares size and checksum, copies the file to a place below `scratch`,
/// checks the copy's integrity and its rows against the manifest, opens it as a store (which
/// migrates it) and writes to it. The snapshot is only read; the copy is gone afterwards, and the
/// manifest says when it went well.
///
/// Errors: as of `read_snapshot`; `io` whose detail says what is wrong with it: `size`, `checksum`,
/// `integrity`, `counts`, `schema`; else as of the store.
[[nodiscard]] Result<Snapshot> drill_snapshot(const std::filesystem::path& file,
                                              const std::filesystem::path& scratch, SystemTime now);

/// Puts a snapshot that has just passed the drill in the place of a store: `to` does not exist, nor
/// what SQLite keeps beside it, and it appears whole or not at all. Errors: as of `drill_snapshot`;
/// `invalid_argument`, detail `to`, where something is there.
[[nodiscard]] Result<Snapshot> restore_snapshot(const std::filesystem::path& file,
                                                const std::filesystem::path& to, SystemTime now);

/// Removes all but the `keep` newest of a folder, manifests first; never one that is younger than
/// the youngest which has passed a drill, nor that one. How many went. `keep`: 1 to 1,000.
[[nodiscard]] Result<std::size_t> prune_snapshots(const std::filesystem::path& folder,
                                                  std::size_t keep);

}  // namespace apilab::work
