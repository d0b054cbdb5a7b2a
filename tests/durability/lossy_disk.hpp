#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/rng.hpp"

namespace apilab::durability {

/// What is left of that which was not synced when the power goes.
enum class Unsynced : std::uint8_t {
    /// Nothing: the kernel had written none of it.
    lost,
    /// By the seed a part of it, in any order, some writes torn at a sector, some only as room
    /// without the bytes: what a kernel writes by itself, and a disk reorders.
    some,
    /// All: the process was killed, the machine went on. Proves little; to compare with.
    kept,
};

/// A disk in memory that may lose its power. It keeps apart what was synced and what was written
/// since, per file, and for the names of files too: a file that was made is there for certain only
/// when its folder was synced, and one that was removed may come back.
///
/// A step is a write, a sync, a truncation or a removal. `cut_at(n)` has the power go at the n-th:
/// what that one would have written counts as written and not synced, and it and all later ones
/// fail until `restart`. Belongs to one thread at a time (LossyVfs has the lock).
class LossyDisk {
public:
    static constexpr std::size_t sector = 512;

    struct Change {
        /// Where it begins; of a truncation, the new size.
        std::size_t offset = 0;
        std::string bytes;
        bool truncation = false;
    };
    struct File {
        std::string synced;
        std::string now;
        std::vector<Change> changes;
        /// Locks and shared memory: of the machine that runs, gone when it does.
        std::any machine;
    };
    using FilePtr = std::shared_ptr<File>;

    enum class Outcome : std::uint8_t { ok, off, full };

    explicit LossyDisk(std::uint64_t seed) : rng_(seed) {}

    // --- what a file system does

    /// Null where it is not there and `create` is false.
    [[nodiscard]] FilePtr open(const std::string& name, bool create);
    [[nodiscard]] bool exists(const std::string& name) const { return names_.contains(name); }
    [[nodiscard]] Outcome write(File& file, std::size_t offset, std::string_view bytes);
    [[nodiscard]] Outcome truncate(File& file, std::size_t size);
    /// With its folder where `folder` is set.
    [[nodiscard]] Outcome sync(File& file, bool folder);
    [[nodiscard]] Outcome remove(const std::string& name, bool sync_folder);

    // --- power

    /// Steps since the disk was made.
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// Later than `steps()`; 0: never.
    void cut_at(std::uint64_t step) { cut_at_ = step; }
    void power_off() { off_ = true; }
    [[nodiscard]] bool is_off() const { return off_; }
    /// The power is back: a new life over what was left. Who opened a file before has nothing any
    /// more.
    void restart(Unsynced unsynced);
    /// Counts restarts.
    [[nodiscard]] std::uint64_t life() const { return life_; }

    // --- what else befalls disks

    /// No more than so many bytes in all files together; nothing: no limit.
    void set_capacity(std::optional<std::size_t> bytes) { capacity_ = bytes; }
    [[nodiscard]] std::size_t used() const;
    /// It says that it synced, and did not.
    void set_lying(bool lying) { lying_ = lying; }
    /// What a file holds; empty where it is not there.
    [[nodiscard]] std::string content(const std::string& name) const;
    /// Puts something else there, synced: damage, or an older copy. The file is made if need be.
    void replace(const std::string& name, std::string content);
    [[nodiscard]] std::vector<std::string> names() const;

private:
    struct NameChange {
        std::string name;
        FilePtr file;
    };
    /// False: the power is gone, by this step or before.
    [[nodiscard]] bool step();
    [[nodiscard]] bool fits(const File& file, std::size_t end) const;
    static void apply(std::string& content, const Change& change);
    [[nodiscard]] std::string left_of(const File& file, Unsynced unsynced);
    void leave_part(std::string& content, Change change);

    SeededRng rng_;
    std::map<std::string, FilePtr> names_;
    std::map<std::string, FilePtr> synced_names_;
    std::vector<NameChange> name_changes_;
    std::uint64_t steps_ = 0;
    std::uint64_t cut_at_ = 0;
    std::uint64_t life_ = 0;
    std::optional<std::size_t> capacity_;
    bool off_ = false;
    bool lying_ = false;
};

}  // namespace apilab::durability
