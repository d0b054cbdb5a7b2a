#include "lossy_disk.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::durability {

bool LossyDisk::step() {
    if (off_) {
        return false;
    }
    ++steps_;
    off_ = steps_ == cut_at_;
    return !off_;
}

LossyDisk::FilePtr LossyDisk::open(const std::string& name, bool create) {
    if (const auto found = names_.find(name); found != names_.end()) {
        return found->second;
    }
    if (!create || off_) {
        return nullptr;
    }
    auto file = std::make_shared<File>();
    names_[name] = file;
    name_changes_.push_back({name, file});
    return file;
}

void LossyDisk::apply(std::string& content, const Change& change) {
    if (change.truncation) {
        // One that came before the writes that are lost now has nothing to cut.
        content.resize(std::min(content.size(), change.offset));
        return;
    }
    const std::size_t end = change.offset + change.bytes.size();
    if (content.size() < end) {
        content.resize(end);
    }
    content.replace(change.offset, change.bytes.size(), change.bytes);
}

std::size_t LossyDisk::used() const {
    std::size_t total = 0;
    for (const auto& [name, file] : names_) {
        total += file->now.size();
    }
    return total;
}

bool LossyDisk::fits(const File& file, std::size_t end) const {
    return !capacity_ || end <= file.now.size() || used() + end - file.now.size() <= *capacity_;
}

LossyDisk::Outcome LossyDisk::write(File& file, std::size_t offset, std::string_view bytes) {
    if (off_) {
        return Outcome::off;
    }
    if (!fits(file, offset + bytes.size())) {
        return Outcome::full;
    }
    const bool on = step();
    Change change{.offset = offset, .bytes = std::string(bytes)};
    apply(file.now, change);
    file.changes.push_back(std::move(change));
    return on ? Outcome::ok : Outcome::off;
}

LossyDisk::Outcome LossyDisk::truncate(File& file, std::size_t size) {
    if (off_) {
        return Outcome::off;
    }
    const bool on = step();
    Change change{.offset = size, .bytes = {}, .truncation = true};
    apply(file.now, change);
    file.changes.push_back(std::move(change));
    return on ? Outcome::ok : Outcome::off;
}

LossyDisk::Outcome LossyDisk::sync(File& file, bool folder) {
    if (!step()) {
        return Outcome::off;
    }
    if (lying_) {
        return Outcome::ok;
    }
    for (const Change& change : file.changes) {
        apply(file.synced, change);
    }
    file.changes.clear();
    if (folder) {
        synced_names_ = names_;
        name_changes_.clear();
    }
    return Outcome::ok;
}

LossyDisk::Outcome LossyDisk::remove(const std::string& name, bool sync_folder) {
    if (off_) {
        return Outcome::off;
    }
    const bool on = step();
    names_.erase(name);
    name_changes_.push_back({name, nullptr});
    if (on && sync_folder && !lying_) {
        synced_names_ = names_;
        name_changes_.clear();
    }
    return on ? Outcome::ok : Outcome::off;
}

// One that is torn ends at a sector of the file; one that is lost may have left its room.
void LossyDisk::leave_part(std::string& content, Change change) {
    const auto fate = rng_.between(0, 7);
    if (change.truncation || fate > 1) {
        apply(content, change);
        return;
    }
    if (fate == 1) {
        std::ranges::fill(change.bytes, '\0');
        if (change.offset >= content.size()) {
            apply(content, change);
        }
        return;
    }
    const std::size_t first = change.offset / sector;
    const std::size_t last = (change.offset + change.bytes.size()) / sector;
    const auto cut = static_cast<std::size_t>(
        rng_.between(static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)));
    if (cut > first) {
        change.bytes.resize(cut * sector - change.offset);
        apply(content, change);
    }
}

std::string LossyDisk::left_of(const File& file, Unsynced unsynced) {
    if (unsynced == Unsynced::kept) {
        return file.now;
    }
    std::string content = file.synced;
    // From nearly nothing to nearly all, so that each comes up.
    const double share = unsynced == Unsynced::some ? rng_.uniform() : 0;
    for (const Change& change : file.changes) {
        if (unsynced == Unsynced::some && rng_.uniform() < share) {
            leave_part(content, change);
        }
    }
    return content;
}

void LossyDisk::restart(Unsynced unsynced) {
    auto names = unsynced == Unsynced::kept ? names_ : synced_names_;
    for (const NameChange& change : name_changes_) {
        if (unsynced != Unsynced::some || rng_.between(0, 1) == 0) {
            continue;
        }
        if (change.file == nullptr) {
            names.erase(change.name);
        } else {
            names[change.name] = change.file;
        }
    }
    // New ones: who held the old ones holds nothing.
    names_.clear();
    for (const auto& [name, file] : names) {
        auto content = left_of(*file, unsynced);
        names_[name] = std::make_shared<File>(
            File{.synced = content, .now = content, .changes = {}, .machine = {}});
    }
    synced_names_ = names_;
    name_changes_.clear();
    cut_at_ = 0;
    off_ = false;
    ++life_;
}

std::string LossyDisk::content(const std::string& name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? std::string() : found->second->now;
}

void LossyDisk::replace(const std::string& name, std::string content) {
    names_[name] = std::make_shared<File>(
        File{.synced = content, .now = content, .changes = {}, .machine = {}});
    synced_names_[name] = names_[name];
}

std::vector<std::string> LossyDisk::names() const {
    std::vector<std::string> all;
    for (const auto& [name, file] : names_) {
        all.push_back(name);
    }
    return all;
}

}  // namespace apilab::durability
