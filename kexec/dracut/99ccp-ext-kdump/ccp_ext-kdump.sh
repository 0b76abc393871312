#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by dracut: what ends here must not end it.
/sbin/ccp_ext-kdump || :
