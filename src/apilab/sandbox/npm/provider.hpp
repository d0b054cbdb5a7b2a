#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/audit.hpp"
#include "apilab/sandbox/npm/packument.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::npm {

/// Everything a registry holds. Never changes once made; shared by all that read it.
struct Registry {
    /// By name.
    std::map<std::string, Packument, std::less<>> packages;
    /// By package name; for the bulk advisory endpoint.
    std::map<std::string, std::vector<AuditEntry>, std::less<>> audit;
};

/// The emulated npm registry (providers/npm-registry). Reads need no credentials.
///
/// Copied: packument full and abbreviated by `Accept`, with `ETag`, `Last-Modified`, 304 and
/// `Vary`; one version or dist-tag; dist-tags; search; bulk advisories; ping; 404 bodies; 429 as
/// the edge in front of the registry sends it. Not copied: tarballs (and so `dist.integrity`;
/// `dist.shasum` is made up), publishing, tokens, gzip request bodies, download counts.
class NpmProvider final : public Provider {
public:
    explicit NpmProvider(std::shared_ptr<const Registry> registry);

    [[nodiscard]] std::string_view name() const override { return "npm"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    void reset() override;

private:
    struct Page {
        std::string body;
        std::string etag;
    };
    [[nodiscard]] http::Response packument(const Incoming& incoming, std::string_view package);
    [[nodiscard]] http::Response version(const Incoming& incoming, std::string_view package,
                                         std::string_view version) const;
    [[nodiscard]] http::Response dist_tags(std::string_view package) const;
    [[nodiscard]] http::Response search(const Incoming& incoming) const;
    [[nodiscard]] http::Response bulk_advisories(const Incoming& incoming) const;
    [[nodiscard]] const Page& page(const Packument& packument, bool abbreviated,
                                   const std::string& base_url);

    std::shared_ptr<const Registry> registry_;
    // Finished texts for `pages_base_`: a packument is large, and asked for again and again.
    std::map<std::pair<std::string, bool>, Page, std::less<>> pages_;
    std::string pages_base_;
    std::size_t pages_bytes_ = 0;
};

}  // namespace apilab::sandbox::npm
