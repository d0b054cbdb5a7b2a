#include "apilab/sandbox/npm/internal/tarball.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::npm {
namespace {

namespace json = boost::json;

constexpr std::size_t block = 512;
// npm gives every file this time (1985-10-26), so that packing twice gives one tarball.
constexpr std::uint64_t packed_at = 499'162'500;

// What the registry adds to a manifest and no author wrote.
constexpr std::array added{
    "_id", "_rev", "dist", "maintainers", "_npmUser", "hasInstallScript", "deprecated"};

using Files = std::vector<std::pair<std::string, std::string>>;

std::string string_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

Files files_of(const json::object& manifest) {
    auto own = manifest;
    for (const auto* key : added) {
        own.erase(key);
    }
    const auto name = string_of(manifest, "name");
    const auto version = string_of(manifest, "version");
    Files files;
    files.emplace_back("package/package.json", json::serialize(own) + "\n");
    files.emplace_back("package/README.md",
                       fmt::format("# {}\n\nStands for {} {} in a sandbox; it does nothing.\n",
                                   name, name, version));
    files.emplace_back(
        "package/index.js",
        fmt::format("module.exports = {{ name: {}, version: {} }};\n",
                    json::serialize(json::string(name)), json::serialize(json::string(version))));
    if (manifest.contains("hasInstallScript")) {
        files.emplace_back("package/setup.js", "// Runs when the package is installed.\n");
    }
    return files;
}

void put(std::string& header, std::size_t at, std::string_view text) {
    header.replace(at, text.size(), text);
}

// POSIX.1-1988 (ustar); the checksum is over the header with blanks in its own place.
std::string header_of(std::string_view name, std::size_t size) {
    std::string header(block, '\0');
    put(header, 0, name);
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, fmt::format("{:011o}", size));
    put(header, 136, fmt::format("{:011o}", packed_at));
    put(header, 148, "        ");
    put(header, 156, "0");
    put(header, 257, "ustar");
    put(header, 263, "00");
    unsigned sum = 0;
    for (const char c : header) {
        sum += static_cast<unsigned char>(c);
    }
    put(header, 148, fmt::format("{:06o}", sum));
    header[154] = '\0';
    return header;
}

std::string tar_of(const Files& files) {
    std::string tar;
    for (const auto& [name, text] : files) {
        tar += header_of(name, text.size());
        tar += text;
        tar.resize((tar.size() + block - 1) / block * block, '\0');
    }
    tar.resize(tar.size() + 2 * block, '\0');
    return tar;
}

std::uint32_t crc32(std::string_view bytes) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> out{};
        for (std::uint32_t i = 0; i < out.size(); ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) {
                value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
            }
            out.at(i) = value;
        }
        return out;
    }();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc = table.at((crc ^ static_cast<unsigned char>(c)) & 0xFFU) ^ (crc >> 8U);
    }
    return crc ^ 0xFFFFFFFFU;
}

void put_little(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
        out += static_cast<char>((value >> (8U * static_cast<unsigned>(i))) & 0xFFU);
    }
}

// RFC 1952 over stored blocks (RFC 1951 section 3.2.4): nothing is compressed, so that the bytes
// do not depend on the version of a compressor.
std::string gzip_of(std::string_view bytes) {
    constexpr std::size_t stored_max = 65'535;
    std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
    std::size_t at = 0;
    do {
        const auto size = std::min(stored_max, bytes.size() - at);
        out += at + size == bytes.size() ? '\x01' : '\x00';
        put_little(out, static_cast<std::uint32_t>(size), 2);
        put_little(out, ~static_cast<std::uint32_t>(size), 2);
        out += bytes.substr(at, size);
        at += size;
    } while (at < bytes.size());
    put_little(out, crc32(bytes), 4);
    put_little(out, static_cast<std::uint32_t>(bytes.size()), 4);
    return out;
}

std::string digest_of(std::string_view bytes, const EVP_MD* kind) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kind, nullptr);
    return {digest.begin(), digest.begin() + size};
}

}  // namespace

std::string make_tarball(const json::object& manifest) {
    return gzip_of(tar_of(files_of(manifest)));
}

TarballSize tarball_size(const json::object& manifest) {
    TarballSize out;
    for (const auto& [name, text] : files_of(manifest)) {
        ++out.files;
        out.bytes += text.size();
    }
    return out;
}

TarballSums sums_of(std::string_view bytes) {
    TarballSums out;
    for (const char c : digest_of(bytes, EVP_sha1())) {
        out.shasum += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    out.integrity = "sha512-" + internal::base64(digest_of(bytes, EVP_sha512()));
    return out;
}

std::string_view bare_name(std::string_view package) {
    const auto slash = package.find('/');
    return slash == std::string_view::npos ? package : package.substr(slash + 1);
}

std::string tarball_name(std::string_view package, std::string_view version) {
    return fmt::format("{}-{}.tgz", bare_name(package), version);
}

}  // namespace apilab::sandbox::npm
