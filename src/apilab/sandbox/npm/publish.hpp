#pragma once

#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/npm/shelf.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::npm {

/// Whose token a request has.
struct Writer {
    std::string user;
    /// May read and install, not publish.
    bool read_only = false;
    /// Every change wants a one-time password (`npm-otp`).
    bool second_factor = false;
    /// May have packages that nobody else sees.
    bool paid = false;
};

/// `PUT /{package}`, which does two things as the real one does: with `_attachments` a version is
/// published, without them the manifests' `deprecated` is taken over. Refused with 400 (names,
/// bodies, sums that do not fit), 402 (a restricted package without paying), 403 (somebody else's,
/// or a version that was there before), 404 (a scope that is not one's own), 409 (`_rev` is old).
[[nodiscard]] http::Response put_package(Shelf& shelf, const Incoming& incoming,
                                         std::string_view package, const Writer& writer);

/// `PUT /{package}/-rev/{rev}`: versions that the document does not have any more are taken back.
/// `DELETE` of the same: all of it. 405 when it has been there for more than 72 hours.
[[nodiscard]] http::Response unpublish(Shelf& shelf, const Incoming& incoming,
                                       std::string_view package, const Writer& writer);

/// `PUT` and `DELETE /-/package/{package}/dist-tags/{tag}`.
[[nodiscard]] http::Response set_tag(Shelf& shelf, const Incoming& incoming,
                                     std::string_view package, const Writer& writer);
[[nodiscard]] http::Response remove_tag(Shelf& shelf, const Incoming& incoming,
                                        std::string_view package, const Writer& writer);

/// `{"error": ...}` with that status.
[[nodiscard]] http::Response refusal(int status, std::string_view error);

}  // namespace apilab::sandbox::npm
