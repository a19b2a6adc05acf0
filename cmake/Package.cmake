# What is installed where, and the Debian package (scripts/package).

include(GNUInstallDirs)

set(packaging "${PROJECT_SOURCE_DIR}/packaging/debian")
set(generated "${PROJECT_BINARY_DIR}/packaging")

# The program describes itself, so that neither can be older than it is.
add_custom_command(OUTPUT "${generated}/shoal.1.gz"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${generated}"
  COMMAND shoal man > "${generated}/shoal.1"
  COMMAND gzip -9nf "${generated}/shoal.1"
  DEPENDS shoal VERBATIM)
set(descriptions "${generated}/shoal.1.gz")
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT "${generated}/completion.${shell}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${generated}"
    COMMAND shoal completion ${shell} > "${generated}/completion.${shell}"
    DEPENDS shoal VERBATIM)
  list(APPEND descriptions "${generated}/completion.${shell}")
endforeach()
add_custom_command(OUTPUT "${generated}/changelog.gz"
  COMMAND gzip -9nc "${PROJECT_SOURCE_DIR}/CHANGELOG.md" > "${generated}/changelog.gz"
  DEPENDS "${PROJECT_SOURCE_DIR}/CHANGELOG.md" VERBATIM)
# Debian's own format, for Debian's tools.
configure_file("${packaging}/changelog.in" "${generated}/changelog.Debian" @ONLY)
add_custom_command(OUTPUT "${generated}/changelog.Debian.gz"
  COMMAND gzip -9nc "${generated}/changelog.Debian" > "${generated}/changelog.Debian.gz"
  DEPENDS "${generated}/changelog.Debian" VERBATIM)
list(APPEND descriptions "${generated}/changelog.gz" "${generated}/changelog.Debian.gz")
# Not part of "all": only packages want it.
add_custom_target(package_files DEPENDS ${descriptions})
# An everyday build has hundreds of test programs that no package needs.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS shoal RUNTIME DESTINATION bin)
install(FILES "${generated}/shoal.1.gz" DESTINATION share/man/man1)
install(FILES "${generated}/completion.bash" DESTINATION share/bash-completion/completions RENAME shoal)
install(FILES "${generated}/completion.zsh" DESTINATION share/zsh/vendor-completions RENAME _shoal)
install(FILES "${generated}/completion.fish" DESTINATION share/fish/vendor_completions.d RENAME shoal.fish)
install(FILES "${generated}/changelog.gz" "${generated}/changelog.Debian.gz" packaging/debian/copyright config/shoal.toml config/hosts.toml
  DESTINATION share/doc/shoal)
install(FILES packaging/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME shoal)
install(FILES config/shoal.service DESTINATION /lib/systemd/system)
install(FILES packaging/sysusers.conf DESTINATION /usr/lib/sysusers.d RENAME shoal.conf)
install(FILES packaging/shoal.toml DESTINATION /etc/shoal)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME shoal)
set(CPACK_PACKAGE_CONTACT "The Shoal authors <shoal@packages.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "containerd")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "peer-to-peer, node-local registry mirror for containerd")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "One daemon on every node. containerd asks it for images; it answers from its
own disk, else from the other nodes, else from the upstream registry, so that
a cluster fetches every byte from outside once. While it is down, containerd
goes on to the registry by itself.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${packaging}/conffiles" "${packaging}/postinst" "${packaging}/prerm" "${packaging}/postrm")
include(CPack)
