#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"

namespace apilab::http {

struct MultipartLimits {
    /// Fields and files together. 1 to 100,000, default 1,000. Beyond: `too_large`, detail `parts`.
    std::size_t parts_max = 1000;
    /// The encoded body, boundaries and heads included. 1 byte to 1 TiB, default 100 MiB. Beyond:
    /// `too_large`, detail `multipart`.
    std::uint64_t bytes_max = std::uint64_t{100} * 1024 * 1024;

    /// Error `invalid_argument` naming the field and its range.
    [[nodiscard]] Result<void> validate() const;
};

/// Builds a `multipart/form-data` body (RFC 7578): fields and files in the order given, repeated
/// names included. A value; contents are taken byte by byte as they are.
///
///     Multipart form;
///     form.field("channel", "C1").file("file", {.name = "a.txt", .content = text});
///     APILAB_TRY(auto encoded, form.encode(rng));
///     auto request = Request::post(url, encoded.body, encoded.content_type);
class Multipart {
public:
    explicit Multipart(MultipartLimits limits = {}) : limits_(limits) {}

    struct File {
        /// What the other side may call it; no folders (RFC 7578 section 4.2). May be empty.
        std::string name;
        std::string content;
        std::string content_type = "application/octet-stream";
    };

    Multipart& field(std::string name, std::string value) &;
    Multipart&& field(std::string name, std::string value) &&;
    Multipart& file(std::string field_name, File file) &;
    Multipart&& file(std::string field_name, File file) &&;

    struct Encoded {
        /// With the boundary: the value for `content-type`.
        std::string content_type;
        std::string body;
    };
    /// The body, with a boundary drawn from `rng` that occurs in no part. In names, `"`, CR and LF
    /// become `%22`, `%0D` and `%0A`, as browsers write them; other bytes stay (UTF-8). Errors:
    /// `invalid_argument` (detail: the field's name, or the limit's) for an empty field name, a NUL
    /// in a name, a slash or backslash in a file's name, a content type that may not stand in a
    /// header, a limit out of range; `too_large` as said at the limits; `internal` where `rng`
    /// never gives a usable boundary.
    [[nodiscard]] Result<Encoded> encode(Rng& rng) const;

private:
    struct Part {
        std::string field;
        bool is_file = false;
        File file;
    };
    [[nodiscard]] Result<void> check() const;
    [[nodiscard]] Result<std::string> choose_boundary(Rng& rng) const;

    MultipartLimits limits_;
    std::vector<Part> parts_;
};

}  // namespace apilab::http
