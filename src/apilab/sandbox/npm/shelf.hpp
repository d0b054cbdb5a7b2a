#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/audit.hpp"
#include "apilab/sandbox/npm/packument.hpp"

namespace apilab::sandbox::npm {

/// Everything a registry holds at first. Never changes once made; shared by all that read it.
struct Registry {
    /// By name.
    std::map<std::string, Packument, std::less<>> packages;
    /// By package name; for the advisory endpoints.
    std::map<std::string, std::vector<AuditEntry>, std::less<>> audit;
};

/// A registry and what was published, tagged, deprecated and taken back since. Bounded: at most
/// 1000 packages and 64 MiB of tarballs beside the registry's own.
class Shelf {
public:
    static constexpr std::size_t packages_max = 1000;
    static constexpr std::size_t tarballs_max = std::size_t{64} << 20U;

    explicit Shelf(std::shared_ptr<const Registry> registry) : registry_(std::move(registry)) {}

    /// Null for a package that there is not. Valid until the next change.
    [[nodiscard]] const Packument* find(std::string_view name) const;
    /// Calls for every package, by name.
    void each(const std::function<void(const Packument&)>& visit) const;
    [[nodiscard]] const Registry& registry() const { return *registry_; }

    /// Puts a package in place of its former state. False where there is no room.
    bool put(Packument packument);
    bool keep_tarball(std::string_view package, std::string_view file, std::string bytes);
    void drop_tarball(std::string_view package, std::string_view file);
    /// The bytes behind `dist.tarball`: what was published, or what is made for a package of the
    /// seed. Nothing where there is none.
    [[nodiscard]] std::optional<std::string> tarball(std::string_view package,
                                                     std::string_view file) const;

    /// Packages that only their owner sees.
    void restrict(std::string_view package) { restricted_.emplace(package); }
    [[nodiscard]] bool restricted(std::string_view package) const {
        return restricted_.contains(package);
    }
    void reset();

private:
    std::shared_ptr<const Registry> registry_;
    std::map<std::string, Packument, std::less<>> own_;
    /// By `package/file`.
    std::map<std::string, std::string, std::less<>> tarballs_;
    std::size_t tarballs_bytes_ = 0;
    std::set<std::string, std::less<>> restricted_;
};

}  // namespace apilab::sandbox::npm
