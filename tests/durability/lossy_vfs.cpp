#include "lossy_vfs.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::durability {

class LossyVfs::Impl {
public:
    explicit Impl(LossyDisk& disk);
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { sqlite3_vfs_unregister(&vfs_); }

    LossyDisk& disk;
    std::string name;
    std::mutex mutex;

private:
    sqlite3_vfs vfs_{};
};

namespace {

class Open;

// What connections of one machine share about a file.
struct Machine {
    std::map<const Open*, int> locks;
    std::vector<std::vector<char>> memory;
    std::size_t mapped = 0;
    /// How many hold each of WAL's locks; -1: one, for itself.
    std::array<int, SQLITE_SHM_NLOCK> held{};
};

// An open file: what SQLite allots room for points here.
class Open {
public:
    Open(LossyVfs::Impl& vfs, LossyDisk::FilePtr file, bool sync_folder)
        : vfs_(vfs),
          life_(vfs.disk.life()),
          file_(std::move(file)),
          machine_(machine_of(*file_)),
          sync_folder_(sync_folder) {
        shared_.fill(false);
        exclusive_.fill(false);
    }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    ~Open() {
        unmap();
        machine_->locks.erase(this);
    }

    [[nodiscard]] std::mutex& mutex() const { return vfs_.mutex; }
    /// Of this life, with power.
    [[nodiscard]] bool works() const { return life_ == vfs_.disk.life() && !vfs_.disk.is_off(); }
    [[nodiscard]] std::size_t size() const { return file_->now.size(); }

    int read(void* to, std::size_t amount, std::size_t offset) const;
    int write(std::string_view bytes, std::size_t offset) {
        return code(vfs_.disk.write(*file_, offset, bytes), SQLITE_IOERR_WRITE);
    }
    int truncate(std::size_t size) {
        return code(vfs_.disk.truncate(*file_, size), SQLITE_IOERR_TRUNCATE);
    }
    int sync() {
        const auto outcome = vfs_.disk.sync(*file_, sync_folder_);
        sync_folder_ = sync_folder_ && outcome != LossyDisk::Outcome::ok;
        return code(outcome, SQLITE_IOERR_FSYNC);
    }

    int lock(int level);
    int unlock(int level) {
        machine_->locks[this] = level;
        return SQLITE_OK;
    }
    [[nodiscard]] bool is_reserved() const { return others() >= SQLITE_LOCK_RESERVED; }

    int map(std::size_t region, std::size_t size, bool extend, void volatile** place);
    int lock_memory(std::size_t first, std::size_t count, int flags);
    void unmap();

private:
    static std::shared_ptr<Machine> machine_of(LossyDisk::File& file) {
        if (!file.machine.has_value()) {
            file.machine = std::make_shared<Machine>();
        }
        return std::any_cast<std::shared_ptr<Machine>>(file.machine);
    }
    static int code(LossyDisk::Outcome outcome, int failure) {
        switch (outcome) {
            case LossyDisk::Outcome::ok:
                return SQLITE_OK;
            case LossyDisk::Outcome::full:
                return SQLITE_FULL;
            case LossyDisk::Outcome::off:
                break;
        }
        return failure;
    }
    /// The highest lock that another one has.
    [[nodiscard]] int others() const {
        int highest = SQLITE_LOCK_NONE;
        for (const auto& [who, level] : machine_->locks) {
            highest = who == this ? highest : std::max(highest, level);
        }
        return highest;
    }
    void release(std::size_t slot);

    LossyVfs::Impl& vfs_;
    std::uint64_t life_;
    LossyDisk::FilePtr file_;
    std::shared_ptr<Machine> machine_;
    bool sync_folder_;
    bool mapped_ = false;
    std::array<bool, SQLITE_SHM_NLOCK> shared_{};
    std::array<bool, SQLITE_SHM_NLOCK> exclusive_{};
};

int Open::read(void* to, std::size_t amount, std::size_t offset) const {
    const std::string& now = file_->now;
    const std::size_t there = offset < now.size() ? std::min(amount, now.size() - offset) : 0;
    auto* bytes = static_cast<char*>(to);
    if (there > 0) {
        std::memcpy(bytes, now.data() + offset, there);
    }
    if (there < amount) {
        // SQLite relies on the rest being zeros.
        std::memset(bytes + there, 0, amount - there);
        return SQLITE_IOERR_SHORT_READ;
    }
    return SQLITE_OK;
}

int Open::lock(int level) {
    int& mine = machine_->locks[this];
    if (mine >= level) {
        return SQLITE_OK;
    }
    const int highest = others();
    if (level == SQLITE_LOCK_SHARED ? highest >= SQLITE_LOCK_PENDING
                                    : highest >= SQLITE_LOCK_RESERVED) {
        return SQLITE_BUSY;
    }
    if (level == SQLITE_LOCK_EXCLUSIVE && highest == SQLITE_LOCK_SHARED) {
        mine = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
    }
    mine = level;
    return SQLITE_OK;
}

int Open::map(std::size_t region, std::size_t size, bool extend, void volatile** place) {
    if (!mapped_) {
        mapped_ = true;
        ++machine_->mapped;
    }
    auto& memory = machine_->memory;
    while (extend && memory.size() <= region) {
        memory.emplace_back(size);
    }
    *place = region < memory.size() ? memory[region].data() : nullptr;
    return SQLITE_OK;
}

void Open::release(std::size_t slot) {
    if (exclusive_[slot]) {
        machine_->held[slot] = 0;
    } else if (shared_[slot]) {
        --machine_->held[slot];
    }
    exclusive_[slot] = shared_[slot] = false;
}

int Open::lock_memory(std::size_t first, std::size_t count, int flags) {
    const bool shared = (flags & SQLITE_SHM_SHARED) != 0;
    for (std::size_t slot = first; slot < first + count; ++slot) {
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            release(slot);
            continue;
        }
        const int held = machine_->held[slot] - (shared_[slot] ? 1 : 0);
        if (!exclusive_[slot] && (shared ? held < 0 : held != 0)) {
            return SQLITE_BUSY;
        }
    }
    for (std::size_t slot = first; (flags & SQLITE_SHM_LOCK) != 0 && slot < first + count; ++slot) {
        if (shared && !shared_[slot] && !exclusive_[slot]) {
            ++machine_->held[slot];
            shared_[slot] = true;
        } else if (!shared) {
            machine_->held[slot] = -1;
            exclusive_[slot] = true;
            shared_[slot] = false;
        }
    }
    return SQLITE_OK;
}

void Open::unmap() {
    for (std::size_t slot = 0; slot < SQLITE_SHM_NLOCK; ++slot) {
        release(slot);
    }
    if (std::exchange(mapped_, false) && --machine_->mapped == 0) {
        machine_->memory.clear();
    }
}

// --- SQLite's tables of functions

struct Handle {
    sqlite3_file base;
    Open* open;
};

Open& open_of(sqlite3_file* file) {
    return *reinterpret_cast<Handle*>(file)->open;  // NOLINT(*-reinterpret-cast): SQLite's way
}

// With the lock, and only where the file still means something.
template <class Action>
int with(sqlite3_file* file, int failure, Action action) {
    Open& open = open_of(file);
    const std::scoped_lock lock(open.mutex());
    return open.works() ? action(open) : failure;
}

int close_file(sqlite3_file* file) {
    auto* handle = reinterpret_cast<Handle*>(file);  // NOLINT(*-reinterpret-cast)
    const std::unique_ptr<Open> open(std::exchange(handle->open, nullptr));
    const std::scoped_lock lock(open->mutex());
    return SQLITE_OK;
}
int read_file(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
    return with(file, SQLITE_IOERR_READ, [&](const Open& open) {
        return open.read(to, static_cast<std::size_t>(amount), static_cast<std::size_t>(offset));
    });
}
int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
    return with(file, SQLITE_IOERR_WRITE, [&](Open& open) {
        return open.write({static_cast<const char*>(from), static_cast<std::size_t>(amount)},
                          static_cast<std::size_t>(offset));
    });
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return with(file, SQLITE_IOERR_TRUNCATE,
                [&](Open& open) { return open.truncate(static_cast<std::size_t>(size)); });
}
int sync_file(sqlite3_file* file, int /*flags*/) {
    return with(file, SQLITE_IOERR_FSYNC, [](Open& open) { return open.sync(); });
}
int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    return with(file, SQLITE_IOERR_FSTAT, [&](const Open& open) {
        *size = static_cast<sqlite3_int64>(open.size());
        return SQLITE_OK;
    });
}
int lock_file(sqlite3_file* file, int level) {
    return with(file, SQLITE_IOERR_LOCK, [&](Open& open) { return open.lock(level); });
}
int unlock_file(sqlite3_file* file, int level) {
    return with(file, SQLITE_IOERR_UNLOCK, [&](Open& open) { return open.unlock(level); });
}
int check_reserved(sqlite3_file* file, int* result) {
    return with(file, SQLITE_IOERR_CHECKRESERVEDLOCK, [&](const Open& open) {
        *result = open.is_reserved() ? 1 : 0;
        return SQLITE_OK;
    });
}
int control_file(sqlite3_file* /*file*/, int /*what*/, void* /*argument*/) {
    return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file* /*file*/) {
    return 4096;
}
int characteristics(sqlite3_file* /*file*/) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}
int map_memory(sqlite3_file* file, int region, int size, int extend, void volatile** place) {
    return with(file, SQLITE_IOERR_SHMMAP, [&](Open& open) {
        return open.map(static_cast<std::size_t>(region), static_cast<std::size_t>(size),
                        extend != 0, place);
    });
}
int lock_memory(sqlite3_file* file, int first, int count, int flags) {
    return with(file, SQLITE_IOERR_SHMLOCK, [&](Open& open) {
        return open.lock_memory(static_cast<std::size_t>(first), static_cast<std::size_t>(count),
                                flags);
    });
}
void barrier(sqlite3_file* /*file*/) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
}
int unmap_memory(sqlite3_file* file, int /*remove*/) {
    const std::scoped_lock lock(open_of(file).mutex());
    open_of(file).unmap();
    return SQLITE_OK;
}

constexpr sqlite3_io_methods methods{
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_memory,
    .xShmLock = lock_memory,
    .xShmBarrier = barrier,
    .xShmUnmap = unmap_memory,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

LossyVfs::Impl& impl_of(sqlite3_vfs* vfs) {
    return *static_cast<LossyVfs::Impl*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    auto& impl = impl_of(vfs);
    auto* handle = reinterpret_cast<Handle*>(file);  // NOLINT(*-reinterpret-cast)
    handle->base.pMethods = nullptr;
    const std::scoped_lock lock(impl.mutex);
    if (impl.disk.is_off()) {
        return SQLITE_IOERR;
    }
    // What has no name is temporary: nothing of it survives anyway.
    const bool named = name != nullptr;
    const bool fresh = named && !impl.disk.exists(name);
    auto opened = named ? impl.disk.open(name, (flags & SQLITE_OPEN_CREATE) != 0)
                        : std::make_shared<LossyDisk::File>();
    if (opened == nullptr) {
        return SQLITE_CANTOPEN;
    }
    constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
    const bool sync_folder = fresh && (flags & journals) != 0;
    handle->open = std::make_unique<Open>(impl, std::move(opened), sync_folder).release();
    handle->base.pMethods = &methods;
    if (flags_out != nullptr) {
        *flags_out = flags;
    }
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    auto& impl = impl_of(vfs);
    const std::scoped_lock lock(impl.mutex);
    if (!impl.disk.is_off() && !impl.disk.exists(name)) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    return impl.disk.remove(name, sync_folder != 0) == LossyDisk::Outcome::ok ? SQLITE_OK
                                                                              : SQLITE_IOERR_DELETE;
}

int access_file(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* result) {
    auto& impl = impl_of(vfs);
    const std::scoped_lock lock(impl.mutex);
    // As `unix` does it: a file of no bytes is no journal and no WAL.
    *result = impl.disk.content(name).empty() ? 0 : 1;
    return impl.disk.is_off() ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

int full_name(sqlite3_vfs* /*vfs*/, const char* name, int room, char* to) {
    const std::string_view text(name);
    if (text.size() >= static_cast<std::size_t>(room)) {
        return SQLITE_CANTOPEN;
    }
    std::memcpy(to, text.data(), text.size());
    to[text.size()] = '\0';
    return SQLITE_OK;
}

std::string fresh_name() {
    static std::atomic<int> count{0};
    return fmt::format("lossy-{}", ++count);
}

}  // namespace

LossyVfs::Impl::Impl(LossyDisk& disk_used) : disk(disk_used), name(fresh_name()) {
    // Chance, sleep and the date are the default's.
    vfs_ = *sqlite3_vfs_find(nullptr);
    vfs_.szOsFile = sizeof(Handle);
    vfs_.pNext = nullptr;
    vfs_.zName = name.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    vfs_.xAccess = access_file;
    vfs_.xFullPathname = full_name;
    sqlite3_vfs_register(&vfs_, 0);
}

LossyVfs::LossyVfs(LossyDisk& disk) : impl_(std::make_unique<Impl>(disk)) {}
LossyVfs::~LossyVfs() = default;

const std::string& LossyVfs::name() const {
    return impl_->name;
}

}  // namespace apilab::durability
