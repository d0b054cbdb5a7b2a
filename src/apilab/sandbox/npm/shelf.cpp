#include "apilab/sandbox/npm/shelf.hpp"

#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/npm/internal/tarball.hpp"

namespace apilab::sandbox::npm {
namespace {

std::string key_of(std::string_view package, std::string_view file) {
    return std::string(package) + "/" + std::string(file);
}

}  // namespace

const Packument* Shelf::find(std::string_view name) const {
    if (const auto own = own_.find(name); own != own_.end()) {
        return &own->second;
    }
    const auto found = registry_->packages.find(name);
    return found == registry_->packages.end() ? nullptr : &found->second;
}

void Shelf::each(const std::function<void(const Packument&)>& visit) const {
    auto own = own_.begin();
    for (const auto& [name, packument] : registry_->packages) {
        for (; own != own_.end() && own->first < name; ++own) {
            visit(own->second);
        }
        const bool replaced = own != own_.end() && own->first == name;
        visit(replaced ? own->second : packument);
        own = replaced ? std::next(own) : own;
    }
    for (; own != own_.end(); ++own) {
        visit(own->second);
    }
}

bool Shelf::put(Packument packument) {
    if (own_.size() >= packages_max && !own_.contains(packument.name)) {
        return false;
    }
    auto name = packument.name;
    own_.insert_or_assign(std::move(name), std::move(packument));
    return true;
}

bool Shelf::keep_tarball(std::string_view package, std::string_view file, std::string bytes) {
    if (tarballs_bytes_ + bytes.size() > tarballs_max) {
        return false;
    }
    tarballs_bytes_ += bytes.size();
    tarballs_.insert_or_assign(key_of(package, file), std::move(bytes));
    return true;
}

void Shelf::drop_tarball(std::string_view package, std::string_view file) {
    if (const auto found = tarballs_.find(key_of(package, file)); found != tarballs_.end()) {
        tarballs_bytes_ -= found->second.size();
        tarballs_.erase(found);
    }
}

std::optional<std::string> Shelf::tarball(std::string_view package, std::string_view file) const {
    if (const auto kept = tarballs_.find(key_of(package, file)); kept != tarballs_.end()) {
        return kept->second;
    }
    const auto found = registry_->packages.find(package);
    if (found == registry_->packages.end() || found->second.recorded) {
        return std::nullopt;
    }
    for (const auto& manifest : found->second.manifests) {
        if (tarball_name(package, manifest.version) == file) {
            const auto document =
                http::JsonDocument::parse(found->second.manifest(manifest.version));
            return make_tarball(to_value(document->root()).get_object());
        }
    }
    return std::nullopt;
}

void Shelf::reset() {
    own_.clear();
    tarballs_.clear();
    tarballs_bytes_ = 0;
    restricted_.clear();
}

}  // namespace apilab::sandbox::npm
