/** Fields of v2beta1 to v2beta29, as changes since v2alpha4, in the notation of `notation.ts`. */
export const v2betaFields = `
@ v2beta1
+ build.artifacts[].sync: auto:{}
@ v2beta2
@ v2beta3
+ build.tagPolicy.gitCommit: prefix
+ build.googleCloudBuild: logging, logStreamingOption
+ build.cluster: serviceAccount, runAsUser:int?
@ v2beta4
+ <HelmRelease>: artifactOverrides{}
- <HelmRelease>: values{}
@ v2beta5
+ build.artifacts[]: buildpacks(builder, runImage, env[], buildpacks[], trustBuilder:bool, projectDescriptor,
  dependencies(paths[], ignore[]))
+ build.cluster: pullSecretPath, tolerations[]:K8sToleration, annotations{}
+ <HelmRelease>: upgradeOnChange:bool?
- build.artifacts[]: buildpack
- build.cluster: pullSecret
@ v2beta6
+ build.tagPolicy: customTemplate(template, components[](name, gitCommit(variant, prefix), sha256:{},
  envTemplate(template), dateTime(format, timezone), customTemplate:any))
+ build.googleCloudBuild: workerPool
+ deploy: logs(prefix)
~ <HelmRelease>: setValues {} => flat
~ <HelmRelease>: setValueTemplates {} => flat
~ <HelmRelease>: artifactOverrides {} => flat
@ v2beta7
+ deploy: kpt(applyDir, dir, fn(fnPath, image, networkName, globalScope:bool, network:bool, mount[]),
  live(apply(pollPeriod, prunePropagationPolicy, pruneTimeout, reconcileTimeout), inventoryID,
  inventoryNamespace))
@ v2beta8
+ build.artifacts[].docker: secret(id, src, dst)
+ build.local: tryImportMissing:bool
+ <HelmRelease>: createNamespace:bool?
+ deploy.kpt.fn: sinkDir
+ deploy.kpt.live: options(pollPeriod, prunePropagationPolicy, pruneTimeout, reconcileTimeout)
+ deploy.kpt.live.apply: dir, inventoryID, inventoryNamespace
+ deploy.kubectl: defaultNamespace:str?
+ deploy.kustomize: defaultNamespace:str?
- deploy.kpt: applyDir
- deploy.kpt.live: inventoryID, inventoryNamespace
- deploy.kpt.live.apply: pollPeriod, prunePropagationPolicy, pruneTimeout, reconcileTimeout
@ v2beta9
+ build.artifacts[]: requires[](image, alias)
~ build.artifacts[].sync: auto {} => bool?
+ build.artifacts[].jib: fromImage
+ build.artifacts[].kaniko: cleanup:bool, insecure:bool, insecurePull:bool, noPush:bool, force:bool,
  logTimestamp:bool, singleSnapshot:bool, skipTLSVerifyPull:bool, skipUnusedStages:bool, useNewRun:bool,
  whitelistVarRun:bool, digestFile, imageNameWithDigestFile, logFormat, ociLayoutPath, registryMirror,
  snapshotMode, tarPath, verbosity, insecureRegistry[], skipTLSVerifyRegistry[], registryCertificate{}:str?,
  label{}:str?
+ build.artifacts[].kaniko.cache: ttl
- build.artifacts[].kaniko: flags[]
@ v2beta10
+ build.artifacts[].docker: ssh
~ portForward[]: port int => int|str
@ v2beta11
+ (top): requires[](configs[], path, activeProfiles[](name, activatedBy[]))
+ build.artifacts[].docker: squash:bool
+ build.tagPolicy.gitCommit: ignoreChanges:bool
+ build.tagPolicy.customTemplate.components[].gitCommit: ignoreChanges:bool
@ v2beta12
+ requires[]: git(repo, path, ref, sync:bool?)
@ v2beta13
+ test[]: custom[](command, timeoutSeconds:int, dependencies(command, paths[], ignore[]))
+ <HelmRelease>: remoteChart, repo
- <HelmRelease>: remote
@ v2beta14
+ build.tagPolicy: inputDigest:{}
+ build.tagPolicy.customTemplate.components[]: inputDigest:{}
+ test[]: context
@ v2beta15
+ build.artifacts[].docker: addHost[]
@ v2beta16
+ deploy: statusCheck:bool?
@ v2beta17
+ build.artifacts[].buildpacks: volumes[](host, target, options)
- build.artifacts[].docker.secret: dst
@ v2beta18
+ build.cluster: nodeSelector{}
+ test[]: structureTestsArgs[]
@ v2beta19
@ v2beta20
+ build.artifacts[]: hooks=BuildHooks
+ build.artifacts[].sync: hooks(before[]=SyncHookItem, after[]=SyncHookItem)
+ <SyncHookItem>: host=HostHook, container=ContainerHook
+ <HostHook>: command[], os[]
+ <ContainerHook>: command[]
+ build.artifacts[].kaniko: pushRetry
+ <BuildHooks>: before[]=HostHook, after[]=HostHook
@ v2beta21
+ build.artifacts[].docker: cliFlags[]
+ build.artifacts[].kaniko: imageFSExtractRetry
+ deploy.kubectl: hooks=DeployHooks
+ <DeployHooks>: before[]=DeployHookItem, after[]=DeployHookItem
+ <DeployHookItem>: host=HostHook, container=NamedContainerHook
+ <NamedContainerHook>: command[], podName, containerName
@ v2beta22
+ deploy.helm: hooks=DeployHooks
+ deploy.kustomize: hooks=DeployHooks
@ v2beta23
+ build.artifacts[].docker: secrets[](id, src)
+ deploy: docker(useCompose:bool, images[])
- build.artifacts[].docker: secret
@ v2beta24
+ build.artifacts[].docker.secrets[]: env
@ v2beta25
+ build.artifacts[].kaniko.cache: cacheCopyLayers:bool
@ v2beta26
+ build.artifacts[]: ko(fromImage, dependencies(paths[], ignore[]), dir, env[], flags[], labels{}, ldflags[],
  main, platforms[])
+ build.artifacts[].docker: pullParent:bool
@ v2beta27
+ build: platforms[]
+ build.artifacts[]: platforms[]
+ <HostHook>: dir
+ deploy.logs: jsonParse(fields[])
@ v2beta28
+ (top): resourceSelector(allow[]=ResourceFilter, deny[]=ResourceFilter)
+ <ResourceFilter>: groupKind, image[], labels[]
- build.artifacts[].ko: platforms[]
@ v2beta29
+ build.googleCloudBuild: region
`;
