#include "apilab/transport/internal/curl_easy.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "apilab/transport/internal/curl_multi.hpp"
#include "apilab/transport/internal/curl_transfer.hpp"

namespace apilab::transport::internal {
namespace {

constexpr long receive_buffer_size = 64L * 1024;

CurlTransfer& transfer_of(void* user) {
    return *static_cast<CurlTransfer*>(user);
}

std::size_t on_header(char* bytes, std::size_t /*one*/, std::size_t size, void* user) {
    return transfer_of(user).on_line({bytes, size}) ? size : size + 1;
}

std::size_t on_write(char* bytes, std::size_t /*one*/, std::size_t size, void* user) {
    switch (transfer_of(user).on_body({bytes, size})) {
        case CurlTransfer::Take::taken:
            return size;
        case CurlTransfer::Take::pause:
            return CURL_WRITEFUNC_PAUSE;
        case CurlTransfer::Take::failed:
            break;
    }
    return size + 1;
}

std::size_t on_read(char* into, std::size_t one, std::size_t count, void* user) {
    return transfer_of(user).on_read(into, one * count).value_or(CURL_READFUNC_PAUSE);
}

int on_seek(void* user, curl_off_t offset, int origin) {
    if (offset != 0 || origin != SEEK_SET) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    transfer_of(user).on_rewind();
    return CURL_SEEKFUNC_OK;
}

int on_debug(CURL* /*easy*/, curl_infotype type, char* bytes, std::size_t size, void* user) {
    CurlTransfer& transfer = transfer_of(user);
    switch (type) {
        case CURLINFO_HEADER_OUT:
        case CURLINFO_DATA_OUT:
            transfer.on_sent({bytes, size}, type == CURLINFO_HEADER_OUT);
            break;
        case CURLINFO_HEADER_IN:
        case CURLINFO_DATA_IN:
            transfer.on_received(size);
            break;
        case CURLINFO_TEXT:
            transfer.on_text({bytes, size});
            break;
        default:
            break;
    }
    return 0;
}

curl_socket_t on_open(void* user, curlsocktype /*purpose*/, curl_sockaddr* address) {
    return transfer_of(user).on_open_socket(address->family, address->socktype, address->protocol);
}

int on_close(void* multi, curl_socket_t fd) {
    static_cast<CurlMulti*>(multi)->close_socket(fd);
    return 0;
}

int on_prereq(void* user, char* /*peer*/, char* /*local*/, int peer_port, int local_port) {
    return transfer_of(user).on_connected({.peer = peer_port, .local = local_port})
               ? CURL_PREREQFUNC_OK
               : CURL_PREREQFUNC_ABORT;
}

// Seconds, rounded up: libcurl counts no less.
long seconds(Duration duration) {
    return static_cast<long>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

curl_blob blob_of(std::string_view bytes) {
    // libcurl copies it.
    return {.data = const_cast<char*>(bytes.data()), .len = bytes.size(), .flags = CURL_BLOB_COPY};
}

}  // namespace

struct CurlEasy::Impl {
    CURL* easy = curl_easy_init();
    curl_slist* headers = nullptr;
    curl_slist* addresses = nullptr;
    std::array<char, CURL_ERROR_SIZE> text{};
    std::string host;
    bool tunnel = false;
    bool secure = false;
    bool may_keep = false;
    /// The first option that was not taken.
    int refused = 0;

    template <class T>
    void set(CURLoption option, T value) {
        if (curl_easy_setopt(easy, option, value) != CURLE_OK && refused == 0) {
            refused = option;
        }
    }
    void set_blob(CURLoption option, std::string_view bytes) {
        curl_blob blob = blob_of(bytes);
        set(option, &blob);
    }
    void add(curl_slist*& list, const std::string& line) {
        if (curl_slist* longer = curl_slist_append(list, line.c_str()); longer != nullptr) {
            list = longer;
        } else {
            refused = CURLOPT_HTTPHEADER;
        }
    }
    [[nodiscard]] long number(CURLINFO what) const {
        long value = 0;
        curl_easy_getinfo(easy, what, &value);
        return value;
    }
    [[nodiscard]] Duration time(CURLINFO what) const {
        curl_off_t microseconds = 0;
        curl_easy_getinfo(easy, what, &microseconds);
        return std::chrono::microseconds(microseconds);
    }

    void set_callbacks(CurlTransfer& transfer, CurlMulti& multi);
    void set_request(const http::Request& request, Body body);
    void set_headers(const http::Request& request);
    void set_connection(const CurlEasyOptions& options);
    void set_route(const Route& route, const std::string& where);
    void set_tls(const CurlEasyOptions& options);
};

void CurlEasy::Impl::set_callbacks(CurlTransfer& transfer, CurlMulti& multi) {
    void* user = &transfer;
    set(CURLOPT_PRIVATE, user);
    set(CURLOPT_ERRORBUFFER, text.data());
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, user);
    set(CURLOPT_WRITEFUNCTION, &on_write);
    set(CURLOPT_WRITEDATA, user);
    set(CURLOPT_READFUNCTION, &on_read);
    set(CURLOPT_READDATA, user);
    set(CURLOPT_SEEKFUNCTION, &on_seek);
    set(CURLOPT_SEEKDATA, user);
    set(CURLOPT_PREREQFUNCTION, &on_prereq);
    set(CURLOPT_PREREQDATA, user);
    set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
    set(CURLOPT_OPENSOCKETDATA, user);
    // The connection outlives the transfer, so it closes through what outlives the connection.
    set(CURLOPT_CLOSESOCKETFUNCTION, &on_close);
    set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(&multi));
    // The only way to hear of every byte that was written.
    set(CURLOPT_VERBOSE, 1L);
    set(CURLOPT_DEBUGFUNCTION, &on_debug);
    set(CURLOPT_DEBUGDATA, user);
}

void CurlEasy::Impl::set_request(const http::Request& request, Body body) {
    set(CURLOPT_URL, request.url().to_string().c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP09_ALLOWED, 0L);
    // Not libcurl's timeouts and signals: limits are kept by CurlTransfer.
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, 24L * 60 * 60);
    set(CURLOPT_BUFFERSIZE, receive_buffer_size);
    if (body.any) {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_INFILESIZE_LARGE,
            body.length ? static_cast<curl_off_t>(*body.length) : curl_off_t{-1});
    } else {
        set(CURLOPT_HTTPGET, 1L);
        set(CURLOPT_NOBODY, request.method() == "HEAD" ? 1L : 0L);
    }
    set(CURLOPT_CUSTOMREQUEST, request.method().c_str());
    set_headers(request);
}

void CurlEasy::Impl::set_headers(const http::Request& request) {
    for (const auto& [name, value] : request.headers()) {
        // libcurl takes "name:" for the wish to leave the field out.
        add(headers, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    }
    // What libcurl would add by itself.
    for (const std::string name : {"accept", "expect", "content-type"}) {
        if (!request.headers().contains(name)) {
            add(headers, name + ":");
        }
    }
    set(CURLOPT_HTTPHEADER, headers);
}

void CurlEasy::Impl::set_connection(const CurlEasyOptions& options) {
    set(CURLOPT_HTTP_VERSION, options.http2 ? static_cast<long>(CURL_HTTP_VERSION_2TLS)
                                            : static_cast<long>(CURL_HTTP_VERSION_1_1));
    // Rather share a connection that is being made than make another, where that may be HTTP/2.
    set(CURLOPT_PIPEWAIT, options.http2 && secure ? 1L : 0L);
    may_keep = options.idle_keep_alive > Duration::zero();
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_MAXAGE_CONN, std::max(1L, seconds(options.idle_keep_alive)));
    set(CURLOPT_MAXLIFETIME_CONN, std::max(1L, seconds(options.connection_lifetime)));
    set(CURLOPT_EXPECT_100_TIMEOUT_MS,
        static_cast<long>(
            std::chrono::ceil<std::chrono::milliseconds>(options.continue_wait).count()));
}

void CurlEasy::Impl::set_route(const Route& route, const std::string& where) {
    // An empty text keeps libcurl from reading the environment.
    set(CURLOPT_PROXY, route.proxy == nullptr ? "" : route.proxy->url.origin().c_str());
    set(CURLOPT_NOPROXY, "");
    if (!where.empty()) {
        add(addresses, where);
        set(CURLOPT_RESOLVE, addresses);
    }
    if (!route.tunnel()) {
        return;
    }
    tunnel = true;
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    if (!route.proxy->user.empty()) {
        set(CURLOPT_PROXYUSERNAME, route.proxy->user.c_str());
        set(CURLOPT_PROXYPASSWORD, std::string(route.proxy->password.reveal()).c_str());
    }
}

void CurlEasy::Impl::set_tls(const CurlEasyOptions& options) {
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options.system_roots) {
        set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (!options.ca_pem.empty()) {
        set_blob(CURLOPT_CAINFO_BLOB, options.ca_pem);
    }
    if (!options.client_certificate.empty()) {
        set(CURLOPT_SSLCERTTYPE, "PEM");
        set_blob(CURLOPT_SSLCERT_BLOB, options.client_certificate);
        set(CURLOPT_SSLKEYTYPE, "PEM");
        set_blob(CURLOPT_SSLKEY_BLOB, options.client_key.reveal());
        // Instead of OpenSSL's question on the terminal.
        set(CURLOPT_KEYPASSWD, "");
    }
}

CurlEasy::CurlEasy() : impl_(std::make_unique<Impl>()) {}

CurlEasy::~CurlEasy() {
    curl_easy_cleanup(impl_->easy);
    curl_slist_free_all(impl_->headers);
    curl_slist_free_all(impl_->addresses);
}

Result<std::unique_ptr<CurlEasy>> CurlEasy::create(CurlTransfer& transfer, CurlMulti& multi,
                                                   const CurlEasyOptions& options,
                                                   const http::Request& request, Body body,
                                                   const Route& route,
                                                   const std::string& addresses) {
    auto made = std::make_unique<CurlEasy>();
    Impl& impl = *made->impl_;
    if (impl.easy == nullptr) {
        return fail(ErrorKind::internal, "libcurl cannot make a handle; is memory left?");
    }
    impl.host = request.url().host();
    impl.secure = request.url().secure();
    impl.set_callbacks(transfer, multi);
    impl.set_request(request, body);
    impl.set_connection(options);
    impl.set_route(route, addresses);
    impl.set_tls(options);
    if (impl.refused != 0) {
        return fail(ErrorKind::internal,
                    fmt::format("this libcurl does not take the option {}; 7.85 or later with "
                                "OpenSSL and HTTP/2 is needed",
                                impl.refused));
    }
    return made;
}

void* CurlEasy::handle() const {
    return impl_->easy;
}

void CurlEasy::go_on() {
    curl_easy_pause(impl_->easy, CURLPAUSE_CONT);
}

void CurlEasy::keep_connection() {
    curl_easy_setopt(impl_->easy, CURLOPT_FORBID_REUSE, impl_->may_keep ? 0L : 1L);
}

void CurlEasy::use_fresh_connection() {
    curl_easy_setopt(impl_->easy, CURLOPT_FRESH_CONNECT, 1L);
}

CurlFailure CurlEasy::failure(int code) const {
    const std::string_view text = impl_->text.data();
    return {
        .code = code,
        .text = text.empty() ? curl_easy_strerror(static_cast<CURLcode>(code)) : std::string(text),
        .os_error = impl_->number(CURLINFO_OS_ERRNO),
        .verified = impl_->number(CURLINFO_SSL_VERIFYRESULT),
        .proxy_status = impl_->number(CURLINFO_HTTP_CONNECTCODE),
        .tunnel = impl_->tunnel,
        .secure = impl_->secure,
        .host = impl_->host};
}

CurlEasy::Times CurlEasy::times() const {
    const Duration looked_up = impl_->time(CURLINFO_NAMELOOKUP_TIME_T);
    const Duration connected = impl_->time(CURLINFO_CONNECT_TIME_T);
    const Duration secured = impl_->time(CURLINFO_APPCONNECT_TIME_T);
    return {.connect = std::max(connected - looked_up, Duration::zero()),
            .tls = secured == Duration::zero() ? secured
                                               : std::max(secured - connected, Duration::zero())};
}

}  // namespace apilab::transport::internal
