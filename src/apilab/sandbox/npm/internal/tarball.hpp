#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace apilab::sandbox::npm {

/// What a registry says of a tarball's bytes.
struct TarballSums {
    /// SHA-1 in hex (`dist.shasum`).
    std::string shasum;
    /// `sha512-` and base64 (Subresource Integrity; `dist.integrity`).
    std::string integrity;
};

/// The tarball of a version that exists only here: `package.json` (the manifest without what the
/// registry adds), `README.md`, `index.js` and, where the manifest runs one, `setup.js`, which does
/// nothing. A gzipped tar with fixed times and owners: the same manifest gives the same bytes
/// everywhere.
[[nodiscard]] std::string make_tarball(const boost::json::object& manifest);

/// Files in that tarball and the sum of their sizes (`dist.fileCount`, `dist.unpackedSize`).
struct TarballSize {
    std::size_t files = 0;
    std::size_t bytes = 0;
};
[[nodiscard]] TarballSize tarball_size(const boost::json::object& manifest);

[[nodiscard]] TarballSums sums_of(std::string_view bytes);

/// `lodash` for `lodash`, `util` for `@octo/util`: what a tarball's name begins with.
[[nodiscard]] std::string_view bare_name(std::string_view package);
/// `util-1.0.0.tgz`
[[nodiscard]] std::string tarball_name(std::string_view package, std::string_view version);

}  // namespace apilab::sandbox::npm
