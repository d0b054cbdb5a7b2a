#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/sandbox/npm/publish.hpp"
#include "apilab/sandbox/npm/shelf.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::npm {

struct NpmOptions {
    /// Who comes with which token. Reads need none.
    std::map<std::string, Writer, std::less<>> writers = {
        {"npm_stub", {.user = "sandbox"}},
        {"npm_stub_readonly", {.user = "sandbox", .read_only = true}},
        {"npm_stub_2fa", {.user = "sandbox", .second_factor = true}},
        {"npm_stub_paid", {.user = "sandbox", .paid = true}},
    };
};

/// The emulated npm registry (providers/npm-registry); `fidelity()` says how true it is. Packages
/// that exist only here belong to the user `sandbox`, all others to nobody who can come.
class NpmProvider final : public Provider {
public:
    explicit NpmProvider(std::shared_ptr<const Registry> registry, NpmOptions options = {});

    [[nodiscard]] std::string_view name() const override { return "npm"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    [[nodiscard]] FidelityCard fidelity() const override;
    void reset() override;

private:
    struct Page {
        std::string body;
        std::string etag;
    };
    [[nodiscard]] http::Response read(const Incoming& incoming, std::string_view operation);
    [[nodiscard]] http::Response write(const Incoming& incoming, std::string_view operation);
    [[nodiscard]] http::Response packument(const Incoming& incoming, std::string_view package);
    [[nodiscard]] http::Response version(const Incoming& incoming, std::string_view package,
                                         std::string_view version) const;
    [[nodiscard]] http::Response dist_tags(const Incoming& incoming) const;
    [[nodiscard]] http::Response tarball(const Incoming& incoming) const;
    [[nodiscard]] http::Response whoami(const Incoming& incoming) const;
    /// Null for a package that there is not, or not for who asks.
    [[nodiscard]] const Packument* visible(const Incoming& incoming,
                                           std::string_view package) const;
    [[nodiscard]] const Writer* who(const Incoming& incoming) const;
    /// Who may change something, or the answer that says no.
    [[nodiscard]] std::expected<const Writer*, http::Response> writer(
        const Incoming& incoming) const;
    [[nodiscard]] const Page& page(const Packument& packument, bool abbreviated,
                                   const std::string& base_url);

    NpmOptions options_;
    Shelf shelf_;
    // Finished texts for `pages_base_`: a packument is large, and asked for again and again.
    std::map<std::pair<std::string, bool>, Page, std::less<>> pages_;
    std::string pages_base_;
    std::size_t pages_bytes_ = 0;
};

}  // namespace apilab::sandbox::npm
